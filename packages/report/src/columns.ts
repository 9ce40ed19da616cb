// SPDX-License-Identifier: MIT
/** Tables with groups of columns, in parts that fit on paper. */
import { table, type Markup, type Part } from './markup.ts';

/** Columns of numbers with ten digits that fit beside a name on A4. */
const MOST_COLUMNS = 6;

/** A name, and what is printed for it. */
export interface Titled {
  readonly name: string;
  readonly title: string;
}

export interface ColumnGroup<T> {
  readonly group: T;
  readonly columns: readonly T[];
}

/** The same columns in each group. They stay together, unless they alone are too many. */
export function columnParts<T>(groups: readonly T[], columns: readonly T[]): ColumnGroup<T>[][] {
  if (columns.length > MOST_COLUMNS) return groups.flatMap((group) => chunks(columns, MOST_COLUMNS).map((part) => [{ group, columns: part }]));
  return chunks(groups, Math.floor(MOST_COLUMNS / Math.max(1, columns.length))).map((part) => part.map((group) => ({ group, columns })));
}

function chunks<T>(all: readonly T[], most: number): T[][] {
  // As equal as can be: a last part with one column looks like something left over.
  const size = Math.ceil(all.length / Math.ceil(all.length / most));
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

export interface GroupedTable {
  readonly caption: string;
  /** Head of the first column. */
  readonly first: string;
  readonly groups: readonly Titled[];
  readonly columns: readonly Titled[];
  readonly rows: readonly { readonly head: Part; readonly cell: (group: string, column: string) => Part }[];
}

export function groupedTables({ caption, first, groups, columns, rows }: GroupedTable): Markup[] {
  const parts = columnParts(groups, columns);
  return parts.map((part, i) =>
    table(
      parts.length === 1 ? caption : `${caption}, part ${i + 1} of ${parts.length}`,
      [first, ...part.flatMap((of) => of.columns.map((column) => column.title))],
      rows.map((row) => [row.head, ...part.flatMap((of) => of.columns.map((column) => row.cell(of.group.name, column.name)))]),
      part.map((of) => ({ title: of.group.title, columns: of.columns.length })),
    ),
  );
}
