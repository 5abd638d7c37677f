/*
 * Asks the seccomp filters of this process what they decide on system calls, without making one of them.
 *
 * A child adds a filter of its own that hands every call to its parent. Of several filters' answers the kernel takes the strictest, and
 * handing over is less strict than any refusal: a call that comes to the parent is one that the filters from before allow, whatever its
 * arguments; the parent answers it with a number that no kernel and no filter gives. So exit, reboot, kill or pause are asked for like
 * any other, and what the kernel itself would say to a call is no part of the answer.
 *
 * Prints `ABI LABEL NUMBER ANSWER` for each that is not allowed, ANSWER an errno or `killed`, and `ABI LABEL asked N` for each sweep.
 * No C library and no headers: what it needs is in here, and it runs in an empty image. x86-64 only.
 */
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned short u16;

enum { SWEEP = 501, ALLOWED = 1234, X32 = 0x40000000 };
enum { NATIVE, NARROW };

struct question { const char *abi, *label; int way; u32 number; u64 args[6]; };

static long call(long n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

/* The 32-bit way in: int 0x80 with the numbers and the argument registers of i386. ebp (the sixth) is left alone. */
static long narrow(u32 n, u64 a, u64 b, u64 c, u64 d, u64 e) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"((long)n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "r8", "r9", "r10", "r11", "memory");
  return (int)result;
}

/* ---- what is asked ------------------------------------------------------------------------------------------------------- */

#define ALL_ONES {~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL}
static const struct { const char *abi, *label; int way; u32 bits; u64 args[6]; } sweeps[] = {
    {"x86_64", "zeroes", NATIVE, 0, {0}}, {"x86_64", "ones", NATIVE, 0, ALL_ONES},
    {"i386", "zeroes", NARROW, 0, {0}},   {"i386", "ones", NARROW, 0, ALL_ONES},
    {"x32", "zeroes", NATIVE, X32, {0}},
};
enum { SWEEPS = sizeof sweeps / sizeof *sweeps, FAMILIES = 48 };
static const struct { const char *label; u32 number, narrow; u64 args[6]; } cases[] = {
    {"personality-8", 135, 136, {8}}, {"personality-20000", 135, 136, {0x20000}}, {"personality-20008", 135, 136, {0x20008}},
    {"personality-ffffffff", 135, 136, {0xffffffff}}, {"personality-40000", 135, 136, {0x40000}}, {"personality-1", 135, 136, {1}},
    {"personality-high", 135, 136, {1UL << 32}},
    {"clone-newtime", 56, 120, {0x80}}, {"clone-newns", 56, 120, {0x20000}}, {"clone-newcgroup", 56, 120, {0x2000000}},
    {"clone-newuts", 56, 120, {0x4000000}}, {"clone-newipc", 56, 120, {0x8000000}}, {"clone-newuser", 56, 120, {0x10000000}},
    {"clone-newpid", 56, 120, {0x20000000}}, {"clone-newnet", 56, 120, {0x40000000}}, {"clone-io", 56, 120, {0x80000000}},
    {"clone-thread", 56, 120, {0x3d0f00}}, {"clone-high", 56, 120, {1UL << 36}},
    {"unshare-user", 272, 310, {0x10000000}}, {"unshare-files", 272, 310, {0x400}}, {"setns-net", 308, 346, {3, 0x40000000}},
    {"ptrace-traceme", 101, 26, {0}}, {"ioctl-tiocsti", 16, 54, {0, 0x5412}}, {"prctl-seccomp", 157, 172, {22, 2}},
};
enum { CASES = sizeof cases / sizeof *cases, QUESTIONS = SWEEPS * SWEEP + 2 * CASES + FAMILIES };

static struct question question(int index) {
  struct question it = {0};
  const u64 *args = 0;
  if (index < SWEEPS * SWEEP) {
    int sweep = index / SWEEP;
    it.abi = sweeps[sweep].abi, it.label = sweeps[sweep].label, it.way = sweeps[sweep].way;
    it.number = index % SWEEP | sweeps[sweep].bits, args = sweeps[sweep].args;
  } else if ((index -= SWEEPS * SWEEP) < 2 * CASES) {
    it.way = index % 2 ? NARROW : NATIVE, it.abi = index % 2 ? "i386" : "x86_64", it.label = cases[index / 2].label;
    it.number = index % 2 ? cases[index / 2].narrow : cases[index / 2].number, args = cases[index / 2].args;
  } else {
    it.abi = "x86_64", it.label = "socket-family", it.number = 41, it.args[0] = index - 2 * CASES;
  }
  for (int i = 0; args && i < 6; i++) it.args[i] = args[i];
  return it;
}

/* ---- the child: asks one after the other, and is not to make any other call ------------------------------------------------ */

static volatile struct { int listener, next, done; int answers[QUESTIONS]; } *shared;
enum { KILLED = 9999 };

static void child(void) {
  static struct { u16 code; unsigned char jt, jf; u32 k; } program[] = {{6, 0, 0, 0x7fc00000}};    /* RET SECCOMP_RET_USER_NOTIF */
  struct { u16 length; void *filter; } fprog = {1, program};
  call(157, 38, 1, 0, 0, 0, 0);                                                                   /* PR_SET_NO_NEW_PRIVS */
  shared->listener = call(317, 1, 8, (u64)&fprog, 0, 0, 0);                                       /* seccomp, NEW_LISTENER */
  while (shared->listener >= 0 && shared->next < QUESTIONS) {
    struct question it = question(shared->next);
    long result = it.way == NARROW ? narrow(it.number, it.args[0], it.args[1], it.args[2], it.args[3], it.args[4])
                                   : call(it.number, it.args[0], it.args[1], it.args[2], it.args[3], it.args[4], it.args[5]);
    shared->answers[shared->next++] = (int)-result;
  }
  shared->done = 1;
  for (;;) call(231, 0, 0, 0, 0, 0, 0);
}

/* ---- the parent ------------------------------------------------------------------------------------------------------------ */

static char text[1 << 20];
static u64 length;
static void put(const char *word) { while (*word) text[length++] = *word++; }
static void number(u64 value) {
  char digits[24];
  int at = 24;
  digits[--at] = 0;
  do digits[--at] = '0' + value % 10; while (value /= 10);
  put(digits + at);
}
static void fail(const char *why, long code) {
  put(why), put(" "), number(code < 0 ? -code : code), put("\n");
  call(1, 2, (u64)text, length, 0, 0, 0);
  call(231, 1, 0, 0, 0, 0, 0);
}

/* Serves one child until it has asked everything or was killed by the filter for a question. */
static void serve(void) {
  shared->listener = -99;
  int pid = call(56, 0x400 | 17, 0, 0, 0, 0, 0);                      /* CLONE_FILES | SIGCHLD: the listener is in our table, too */
  if (pid < 0) fail("clone", pid);
  if (pid == 0) child();
  while (shared->listener == -99) call(24, 0, 0, 0, 0, 0, 0);
  if (shared->listener < 0) fail("seccomp", shared->listener);
  for (;;) {
    struct { int fd; short events, revents; } poll = {shared->listener, 1, 0};
    int status, ready = call(7, (u64)&poll, 1, 100, 0, 0, 0);
    if (ready > 0 && poll.revents & 1) {
      struct { u64 id; u32 pid, flags; int nr; u32 arch; u64 ip, args[6]; } asked = {0};
      struct { u64 id; long val; int error; u32 flags; } answer = {0};
      if (call(16, shared->listener, 0xc0502100, (u64)&asked, 0, 0, 0) == 0) {
        answer.id = asked.id;
        if (shared->done) answer.flags = 1;                           /* go on: it is the end */
        else answer.error = -ALLOWED;
        call(16, shared->listener, 0xc0182101, (u64)&answer, 0, 0, 0);
      }
    }
    if (call(61, pid, (u64)&status, 1, 0, 0, 0) == pid) break;        /* WNOHANG */
  }
  call(3, shared->listener, 0, 0, 0, 0, 0);
  if (!shared->done) shared->answers[shared->next++] = KILLED;
}

__attribute__((force_align_arg_pointer)) void _start(void) {
  shared = (void *)call(9, 0, sizeof *shared, 3, 0x21, ~0UL, 0);      /* MAP_SHARED | MAP_ANONYMOUS */
  while (!shared->done) serve();
  int asked = 0;
  for (int i = 0; i < QUESTIONS; i++) {
    struct question it = question(i), after = question(i + 1 < QUESTIONS ? i + 1 : 0);
    asked++;
    if (shared->answers[i] != ALLOWED) {
      put(it.abi), put(" "), put(it.label), put(" ");
      number(it.label[0] == 's' && it.label[6] == '-' ? it.args[0] : it.number & ~X32);
      put(" ");
      if (shared->answers[i] == KILLED) put("killed");
      else number(shared->answers[i]);
      put("\n");
    }
    if (it.label != after.label || it.abi != after.abi) {
      put(it.abi), put(" "), put(it.label), put(" asked "), number(asked), put("\n");
      asked = 0;
    }
  }
  call(1, 1, (u64)text, length, 0, 0, 0);
  call(231, 0, 0, 0, 0, 0, 0);
}
