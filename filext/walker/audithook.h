/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the shim's audit hook out again: from then on an audit event costs the program what it
 * costs without us. */
#ifndef FIL_AUDITHOOK_H
#define FIL_AUDITHOOK_H

/* May be called by the hook itself, with the GIL; unknown hooks are ignored. */
void fil_audithook_remove(int (*hook)(const char *, void *, void *));

#endif
