# SHA-256 of whole blocks with the processor's own instructions (SHA extensions, SSE4.1): void hash(uint32_t state[8], const void *data, uint64_t blocks)
# The C interface of the System V ABI; uses xmm0 to xmm10, which no caller expects to be kept. Position independent.
# as -o sha256.o sha256-x86_64.s; its .text is what dev.felucca.linux.hash.Sha256Code has.
        .intel_syntax noprefix
        .text

# Four rounds with the four words in xmm\m, of which the round constants begin at \k.
        .macro  rounds m, k
        movdqa  xmm0, xmm\m
        paddd   xmm0, [rcx + (\k) * 16]
        sha256rnds2 xmm2, xmm1
        pshufd  xmm0, xmm0, 0x0e
        sha256rnds2 xmm1, xmm2
        .endm

# Makes xmm\a the next four words, from itself and the twelve that came after it.
        .macro  schedule a, b, c, d
        movdqa  xmm0, xmm\d
        palignr xmm0, xmm\c, 4
        sha256msg1 xmm\a, xmm\b
        paddd   xmm\a, xmm0
        sha256msg2 xmm\a, xmm\d
        .endm

        .macro  load m, at
        movdqu  xmm\m, [rsi + \at]
        pshufb  xmm\m, xmm8
        .endm

hash:   test    rdx, rdx
        jz      none
        lea     rcx, [rip + constants]
        movdqu  xmm8, [rip + swap]
        movdqu  xmm7, [rdi]
        movdqu  xmm2, [rdi + 16]
        pshufd  xmm7, xmm7, 0xb1
        pshufd  xmm2, xmm2, 0x1b
        movdqa  xmm1, xmm7
        palignr xmm1, xmm2, 8
        pblendw xmm2, xmm7, 0xf0
block:  movdqa  xmm9, xmm1
        movdqa  xmm10, xmm2
        load    3, 0
        load    4, 16
        load    5, 32
        load    6, 48
        rounds  3, 0
        rounds  4, 1
        rounds  5, 2
        rounds  6, 3
        .set    n, 4
        .rept   3
        schedule 3, 4, 5, 6
        rounds  3, n
        schedule 4, 5, 6, 3
        rounds  4, n + 1
        schedule 5, 6, 3, 4
        rounds  5, n + 2
        schedule 6, 3, 4, 5
        rounds  6, n + 3
        .set    n, n + 4
        .endr
        paddd   xmm1, xmm9
        paddd   xmm2, xmm10
        add     rsi, 64
        dec     rdx
        jnz     block
        pshufd  xmm7, xmm1, 0x1b
        pshufd  xmm2, xmm2, 0xb1
        movdqa  xmm1, xmm7
        pblendw xmm1, xmm2, 0xf0
        palignr xmm2, xmm7, 8
        movdqu  [rdi], xmm1
        movdqu  [rdi + 16], xmm2
none:   ret

        .balign 16
swap:   .byte   3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12
constants:
        .long   0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
        .long   0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
        .long   0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
        .long   0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
        .long   0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
        .long   0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
        .long   0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
        .long   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
