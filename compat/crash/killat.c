/*
 * killat PID NUMBER FILE: kills process PID before the NUMBER-th call by which it, or a child that it has made but not yet given to a
 * container's program, changes something: a file, a mount, an interface, a process.
 *
 * A call at whose entry its process is killed is not made, so that "before the n-th" and "after the n-1st" is the same instant. Children
 * go on by themselves, as they do after any kill -9. FILE gets a line for each such call; the last is "killed" or "ended". NUMBER 0
 * only lists. Says "ready" when every thread is traced; its own end lets go of all.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8192, OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC };

/* How a call is looked at before it counts. */
enum { ALWAYS, PATH, OPENING, WRITING, NETLINK, PROCESS };

static const struct { const char *name; long number; int look, path; } calls[] = {
#define CALL(name, look, path) {#name, SYS_##name, look, path},
#ifdef SYS_open
  CALL(open, OPENING, 0) CALL(creat, PATH, 0) CALL(mkdir, PATH, 0) CALL(rmdir, PATH, 0) CALL(rename, PATH, 0) CALL(link, PATH, 1)
  CALL(unlink, PATH, 0) CALL(symlink, PATH, 1) CALL(mknod, PATH, 0) CALL(chmod, PATH, 0) CALL(fork, ALWAYS, -1) CALL(vfork, ALWAYS, -1)
#endif
  CALL(openat, OPENING, 1) CALL(mkdirat, PATH, 1) CALL(renameat, PATH, 1) CALL(renameat2, PATH, 1) CALL(linkat, PATH, 3)
  CALL(unlinkat, PATH, 1) CALL(symlinkat, PATH, 2) CALL(mknodat, PATH, 1) CALL(truncate, PATH, 0) CALL(ftruncate, WRITING, -1)
  CALL(write, WRITING, -1) CALL(pwrite64, WRITING, -1) CALL(writev, WRITING, -1) CALL(pwritev, WRITING, -1) CALL(copy_file_range, ALWAYS, -1)
  CALL(sendfile, WRITING, -1) CALL(mount, PATH, 1) CALL(umount2, PATH, 0) CALL(move_mount, ALWAYS, -1) CALL(mount_setattr, ALWAYS, -1)
  CALL(open_tree, ALWAYS, -1) CALL(fsmount, ALWAYS, -1) CALL(pivot_root, PATH, 0) CALL(sendto, NETLINK, -1) CALL(bind, ALWAYS, -1)
  CALL(clone, PROCESS, -1) CALL(clone3, PROCESS, -1) CALL(setns, ALWAYS, -1) CALL(unshare, ALWAYS, -1) CALL(execve, PATH, 0)
  CALL(execveat, ALWAYS, -1) CALL(kill, ALWAYS, -1) CALL(pidfd_send_signal, ALWAYS, -1) CALL(fchmodat, PATH, 1) CALL(fchownat, PATH, 1)
  CALL(fchmod, WRITING, -1) CALL(fchown, WRITING, -1) CALL(setxattr, PATH, 0) CALL(fsetxattr, WRITING, -1) CALL(fallocate, WRITING, -1)
};

/* How many programs lie between the engine and this thread: its shim is the first, a container's program the second. */
static struct { pid_t tid; int programs; } threads[MOST];
static int known;

static int find(pid_t tid) {
  for (int i = 0; i < known; i++) if (threads[i].tid == tid) return i;
  return -1;
}

static int add(pid_t tid, int programs) {
  int i = find(tid);
  if (i >= 0) return i;
  if (known == MOST) { fprintf(stderr, "too many threads\n"); exit(2); }
  threads[known].tid = tid;
  threads[known].programs = programs;
  return known++;
}

static void forget(pid_t tid) {
  int i = find(tid);
  if (i >= 0) threads[i] = threads[--known];
}

static void text(pid_t tid, unsigned long address, char *to, size_t size) {
  struct iovec here = {to, size - 1}, there = {(void *)address, size - 1};
  /* One that ends near the end of a page has no so many bytes after it. */
  ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);
  if (got < 0) {
    there.iov_len = here.iov_len = 4096 - address % 4096 < size - 1 ? 4096 - address % 4096 : size - 1;
    got = process_vm_readv(tid, &here, 1, &there, 1, 0);
  }
  to[got < 0 ? 0 : got] = 0;
}

static unsigned long word(pid_t tid, unsigned long address) {
  unsigned long value = 0;
  struct iovec here = {&value, sizeof value}, there = {(void *)address, sizeof value};
  return process_vm_readv(tid, &here, 1, &there, 1, 0) == sizeof value ? value : 0;
}

/* Whether the call changes something, and on what. */
static int counts(pid_t tid, const struct __ptrace_syscall_info *info, char *what, size_t size) {
  unsigned long args[6];
  memcpy(args, info->entry.args, sizeof args);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if ((long)info->entry.nr != calls[i].number) continue;
    char path[512] = "", link[64];
    if (calls[i].path >= 0) text(tid, args[calls[i].path], path, sizeof path);
    if (strstr(path, "/osgi/")) return 0; /* the framework's own copies of bundles, made anew at each start */
    switch (calls[i].look) {
      case OPENING:
        if (!(args[calls[i].path + 1] & (O_CREAT | O_TRUNC))) return 0;
        break;
      case WRITING: {
        snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, (int)args[0]);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length < 0 ? 0 : length] = 0;
        if (path[0] != '/' || !strncmp(path, "/dev/", 5) || strstr(path, "/log/felucca") || strstr(path, "/osgi/")) return 0;
        break;
      }
      case NETLINK: {
        unsigned int head[2];
        unsigned long first = word(tid, args[1]);
        memcpy(head, &first, sizeof head);
        unsigned type = head[1] & 0xffff, flags = head[1] >> 16;
        /* Making and taking away interfaces, addresses, routes; a batch for nftables. */
        if (head[0] < 16 || head[0] > args[2] || !(flags & 1) || type < 16 || type > 25 || type == 18 || type == 22) return 0;
        snprintf(path, sizeof path, "netlink type %u, %lu bytes", type, args[2]);
        break;
      }
      case PROCESS: {
        unsigned long flags = calls[i].number == SYS_clone3 ? word(tid, args[0]) : args[0];
        if (flags & 0x10000) return 0; /* CLONE_THREAD */
        break;
      }
    }
    snprintf(what, size, "%s %s", calls[i].name, path);
    return 1;
  }
  return 0;
}

static void seize_all(pid_t pid) {
  char name[64];
  snprintf(name, sizeof name, "/proc/%d/task", pid);
  for (int more = 1; more;) {
    more = 0;
    DIR *tasks = opendir(name);
    if (!tasks) { perror(name); exit(2); }
    for (struct dirent *entry; (entry = readdir(tasks));) {
      pid_t tid = atoi(entry->d_name);
      if (tid <= 0 || find(tid) >= 0) continue;
      if (ptrace(PTRACE_SEIZE, tid, 0, OPTIONS) == 0) {
        ptrace(PTRACE_INTERRUPT, tid, 0, 0);
        add(tid, 0);
        more = 1;
      } else if (errno != ESRCH && errno != EPERM) {
        perror("seize");
        exit(2);
      }
    }
    closedir(tasks);
  }
}

int main(int count, char **words) {
  if (count != 4) return 2;
  pid_t pid = atoi(words[1]);
  long wanted = atol(words[2]), number = 0;
  FILE *list = fopen(words[3], "w");
  if (!list) { perror(words[3]); return 2; }
  setvbuf(list, 0, _IOLBF, 0);
  seize_all(pid);
  int waiting = known, told = 0;
  for (;;) {
    int status;
    pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0) break;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      forget(tid);
      if (waiting > 0) waiting--;
      if (tid == pid) { fprintf(list, "ended\n"); return 0; }
      continue;
    }
    int i = add(tid, 0), event = status >> 16, signal = WSTOPSIG(status), deliver = 0;
    if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
      unsigned long child = 0;
      ptrace(PTRACE_GETEVENTMSG, tid, 0, &child);
      threads[add(child, 0)].programs = threads[i].programs;
    } else if (event == PTRACE_EVENT_EXEC) {
      if (++threads[i].programs == 2) {
        forget(tid);
        ptrace(PTRACE_DETACH, tid, 0, 0);
        continue;
      }
    } else if (event == PTRACE_EVENT_STOP) {
      if (waiting > 0) waiting--;
      if (signal != SIGTRAP) { ptrace(PTRACE_LISTEN, tid, 0, 0); continue; }
    } else if (signal == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info info;
      char what[600];
      if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY
          && counts(tid, &info, what, sizeof what)) {
        fprintf(list, "%ld %d %s\n", ++number, tid, what);
        if (number == wanted) {
          kill(pid, SIGKILL);
          fprintf(list, "killed\n");
          return 0;
        }
      }
    } else {
      deliver = signal;
    }
    ptrace(PTRACE_SYSCALL, tid, 0, deliver);
    if (!waiting && !told) { told = 1; printf("ready\n"); fflush(stdout); }
  }
  return 0;
}
