/* SPDX-License-Identifier: Apache-2.0 */
/* Rights: the program that is watched may have become another user, who may not see all that we
 * may. The files that its recording names are read with the rights that it had when it was last
 * looked at. */
#ifndef FIL_RIGHTS_H
#define FIL_RIGHTS_H

/* Looks whose the process is. In any thread. */
void fil_rights_look(int process_id);
/* What the calling thread opens from now on it opens as that user; until then, as before. */
void fil_rights_borrow(void);
void fil_rights_give_back(void);

#endif
