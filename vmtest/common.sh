# Sourced by the scripts beside it. What they share: where things are kept, and how a missing program is fetched.

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
# One cache for every clone on the machine: a root file system costs two minutes, and it is the same everywhere.
cache=${FELUCCA_VM_CACHE:-/var/cache/felucca-vmtest}

say() { printf 'vmtest: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
# What can't be had here is a reason to skip, not a failure: this ring needs a Debian mirror and an emulator.
skip() { echo "vmtest: 0 passed, 0 failed, 1 skipped"; say "skipped: $*"; exit 0; }

# need PROGRAM PACKAGE
need() {
  command -v "$1" >/dev/null 2>&1 && return
  say "installing $2 (for $1)"
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$2" \
    >>"$cache/apt.log" 2>&1 || skip "$2 cannot be installed (see $cache/apt.log)"
}
