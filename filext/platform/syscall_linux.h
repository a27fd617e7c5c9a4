/* SPDX-License-Identifier: Apache-2.0 */
/* Linux's system calls without libc: the shim interposes libc's wrappers and must not call itself,
 * and the wrappers set errno, which belongs to the program. */
#ifndef FIL_SYSCALL_LINUX_H
#define FIL_SYSCALL_LINUX_H

/* Returns the kernel's answer; for an error its number, negative. */
static inline long fil_syscall_told(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b,
                     x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    long result = x0;
#else
#error "filprofiler runs on x86-64 and arm64"
#endif
    return result;
}

/* Returns the kernel's answer; -1 for every error. */
static inline long fil_syscall(long number, long a, long b, long c, long d, long e, long f) {
    long result = fil_syscall_told(number, a, b, c, d, e, f);
    return result < 0 && result >= -4095 ? -1 : result;
}

#endif
