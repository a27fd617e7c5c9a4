/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the rights that the watcher borrows from the program while it reads the program's files.
 * fil_rights_borrow is its main entry. */
#define _GNU_SOURCE
#include "rights.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "../platform/process.h"

static _Atomic uint64_t owner; /* user and group */
static atomic_bool known;

void fil_rights_look(int process_id) {
    uint32_t user, group;
    if (!fil_process_owner(process_id, &user, &group)) return;
    atomic_store(&owner, (uint64_t)user << 32 | group);
    atomic_store(&known, true);
}

/* Who isn't root can't be another, and need not: nor can the program be. */
void fil_rights_borrow(void) {
    uint32_t user = (uint32_t)(atomic_load(&owner) >> 32), group = (uint32_t)atomic_load(&owner);
    if (atomic_load(&known) && geteuid() == 0 && user != 0) fil_process_act_as(user, group);
}

void fil_rights_give_back(void) {
    fil_process_act_as(geteuid(), getegid());
}
