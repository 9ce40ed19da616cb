// SPDX-License-Identifier: MIT
/** Small cpio archives, which the kernel unpacks after the image they are appended to. */

export interface CpioFile {
  readonly path: string;
  readonly text: string;
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** One entry in the newc format: a header of thirteen numbers, the name, the content, each filled up to four bytes. */
function entry(path: string, content: Buffer, inode: number, mode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const numbers = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  return Buffer.concat([padded(Buffer.concat([Buffer.from(`070701${numbers.map(hex).join('')}`), name])), padded(content)]);
}

/** An archive of files in its root folder, all read-only; no times or owners in it. */
export function cpioArchive(files: readonly CpioFile[]): Buffer {
  return Buffer.concat([...files.map(({ path, text }, i) => entry(path, Buffer.from(text), i + 1, 0o100444)), entry('TRAILER!!!', Buffer.alloc(0), 0, 0)]);
}
