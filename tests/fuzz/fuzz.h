/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target says when a promise is broken, beside what the sanitizers say. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../filext/base/debug.h"

/* The targets, one a file; called by libFuzzer or by inputs.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE FIL_PROMISE /* the targets are debug builds */

#endif
