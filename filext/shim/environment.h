/* SPDX-License-Identifier: Apache-2.0 */
/* The environment: our settings arrive in it and are removed at once; libraries read a few values
 * that only getenv answers.
 *
 * So os.environ, /proc of children and every exec see the program's own environment, while Arrow,
 * jemalloc, OpenBLAS and OpenMP see values that make their memory measurable. Written once by the
 * constructor, before any other thread exists. */
#ifndef FIL_ENVIRONMENT_H
#define FIL_ENVIRONMENT_H

/* Takes the _FIL_ variables out of the environment and puts the user's LD_PRELOAD back. */
void fil_environment_take_settings(void);
/* The setting _FIL_<name>, or NULL. */
const char *fil_environment_setting(const char *name);
/* Returns what getenv(name) returns to the program, where the real one returned `real`. */
char *fil_environment_answer(const char *name, char *real);

#endif
