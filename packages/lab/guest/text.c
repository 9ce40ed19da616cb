// SPDX-License-Identifier: MIT
/*
 * Writes text that is always the same and compresses about as well as prose does: words of few letters, some far more
 * frequent than others.
 *
 * usage: text KIB
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS 4096

static uint32_t state = 1;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

int main(int argc, char **argv)
{
	long left = (argc > 1 ? atol(argv[1]) : 1) * 1024;
	char words[WORDS][12];

	for (int i = 0; i < WORDS; i++) {
		int letters = 2 + next() % 8;

		for (int j = 0; j < letters; j++)
			words[i][j] = 'a' + next() % 26 * (next() % 26) / 26;
		words[i][letters] = ' ';
		words[i][letters + 1] = 0;
	}
	while (left > 0) {
		/* the smaller a word's number the more often it comes */
		uint32_t bound = 1 + next() % WORDS;
		char *word = words[next() % bound];

		for (char *c = word; *c && left > 0; c++, left--)
			putchar(*c);
	}
	return 0;
}
