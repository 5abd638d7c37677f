# The system call table interpreter for x86-64; its bytes are in Interpreter.java, InterpreterTest
# compares the two. Position independent, uses no stack after entry: a clone3(CLONE_VM) child may go
# on in the table while its parent does too.
#
# A step is 96 bytes, little endian:
#    0 number of the call, negative to return  8..48 six arguments
#   56 address that gets the result as well   64 step to go on at after an error
#   72 step to go on at after a 0             80 the result
# An address of 0 means none.

# long run(step): callable as a C function; returns argument 0 of the step with a negative number.
run:
    pushq %rbx
    movq %rdi, %rbx
each:
    movq (%rbx), %rax
    movq 8(%rbx), %rdi
    movq 16(%rbx), %rsi
    movq 24(%rbx), %rdx
    movq 32(%rbx), %r10
    movq 40(%rbx), %r8
    movq 48(%rbx), %r9
    testq %rax, %rax
    js finish
    syscall
    movq %rax, 80(%rbx)
    movq 56(%rbx), %rcx
    testq %rcx, %rcx
    jz stored
    movq %rax, (%rcx)
stored:
    leaq 64(%rbx), %rdx
    cmpq $-4095, %rax
    jae branch
    leaq 72(%rbx), %rdx
    testq %rax, %rax
    jz branch
next:
    addq $96, %rbx
    jmp each
branch:
    movq (%rdx), %rdx
    testq %rdx, %rdx
    jz next
    movq %rdx, %rbx
    jmp each
finish:
    movq %rdi, %rax
    popq %rbx
    ret

# Entry of the ELF program: the address of its first step is patched in.
elf:
    movabsq $0x1122334455667788, %rbx
    jmp each
