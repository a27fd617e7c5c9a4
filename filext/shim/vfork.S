/* SPDX-License-Identifier: Apache-2.0 */
/* vfork: its child runs on the caller's stack until it becomes another program, so that no function
 * that calls it may return. The child is counted first, and the real function takes this one's
 * place. */
#if defined(__x86_64__)
#ifdef __CET__
#include <cet.h>
#else
#define _CET_ENDBR
#endif
	.text
	.globl vfork
	.type vfork, @function
vfork:
	.cfi_startproc
	_CET_ENDBR
	subq $8, %rsp
	.cfi_def_cfa_offset 16
	call fil_children_before_vfork
	addq $8, %rsp
	.cfi_def_cfa_offset 8
	jmp *%rax
	.cfi_endproc
	.size vfork, .-vfork
#elif defined(__aarch64__)
	.text
	.globl vfork
	.type vfork, %function
vfork:
	.cfi_startproc
	hint 34
	stp x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 29, -16
	.cfi_offset 30, -8
	bl fil_children_before_vfork
	mov x16, x0
	ldp x29, x30, [sp], #16
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	br x16
	.cfi_endproc
	.size vfork, .-vfork
#endif
	.section .note.GNU-stack, "", %progbits
