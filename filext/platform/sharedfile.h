/* SPDX-License-Identifier: Apache-2.0 */
/* A file as shared memory: opened for a moment, its blocks reserved before they are mapped. One
 * implementation per system: sharedfile_linux.c.
 *
 * No function here allocates through malloc, takes a lock or changes errno; all may be called from
 * hooks. Offsets and sizes are multiples of FIL_OS_PAGE. */
#ifndef FIL_SHAREDFILE_H
#define FIL_SHAREDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which file it is, whatever its name. */
struct fil_sharedfile_identity {
    uint64_t device, inode;
};

/* Opens it for reading and writing; `create`: it may be made. Returns the descriptor, or an errno,
 * negative. */
int fil_sharedfile_open(const char *path, bool create, struct fil_sharedfile_identity *identity);
void fil_sharedfile_close(int fd);
/* Makes sure that the file has room on its disk for these bytes, new ones zero: touching them in a
 * mapping can't fail. `spare` bytes more are left free there. 0 or an errno; never a SIGXFSZ. */
int fil_sharedfile_reserve(int fd, uint64_t offset, size_t bytes, size_t spare);
/* Releases their room on the disk, where the file system can do that; they read as zeros. */
void fil_sharedfile_release(int fd, uint64_t offset, size_t bytes);
/* Maps them for reading and writing, over what is at `at` unless that is NULL; `shared`: writes go
 * into the file. Returns 0, with the address in `*mapped`, or an errno: then `*mapped` is NULL. */
int fil_sharedfile_map(int fd, uint64_t offset, size_t bytes, void *at, bool shared, void **mapped);
/* The same without a descriptor: `first` is where the file's first page is mapped shared already.
 */
int fil_sharedfile_map_by(void *first, uint64_t offset, size_t bytes, void **mapped);
/* Replaces mapped pages by private ones with the same contents; false, and nothing changed, without
 * memory. */
bool fil_sharedfile_detach(void *pages, size_t bytes);

#endif
