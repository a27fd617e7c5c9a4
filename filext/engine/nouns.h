/* SPDX-License-Identifier: Apache-2.0 */
/* The nouns that hold a recording, all together. */
#ifndef FIL_NOUNS_H
#define FIL_NOUNS_H

/* Forgets the recording. While the engine is quiescent. */
void fil_nouns_forget(void);
/* In a forked child: no lock is held, and the recording is the parent's. */
void fil_nouns_after_fork(void);

#endif
