// The system call table interpreter for aarch64; see interpreter-x86_64.s for the table.
run:
    str x19, [sp, #-16]!
    mov x19, x0
each:
    ldp x8, x0, [x19]
    ldp x1, x2, [x19, #16]
    ldp x3, x4, [x19, #32]
    ldr x5, [x19, #48]
    tbnz x8, #63, finish
    svc #0
    str x0, [x19, #80]
    ldr x9, [x19, #56]
    cbz x9, stored
    str x0, [x9]
stored:
    ldr x10, [x19, #64]
    cmn x0, #4095
    b.hs branch
    ldr x10, [x19, #72]
    cbz x0, branch
next:
    add x19, x19, #96
    b each
branch:
    cbz x10, next
    mov x19, x10
    b each
finish:
    ldr x19, [sp], #16
    ret

// Entry of the ELF program: the address of its first step is patched in.
elf:
    ldr x19, first
    b each
first:
    .quad 0x1122334455667788
