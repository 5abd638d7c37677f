# Sourced by the scripts beside it. What they share: where things are kept, and how a missing program is fetched.

here=$(cd "$(dirname "$0")" && pwd)
# One cache for every clone on the machine: a Debian root costs a minute, and it is the same everywhere.
cache=${FELUCCA_IMAGE_CACHE:-/var/cache/felucca-test-images}

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { say "$*"; exit 1; }

apt_refresh() {
  [ -e "$cache/.apt-refreshed" ] && [ -z "$(find "$cache/.apt-refreshed" -mmin +600)" ] && return
  apt-get -q update >"$cache/apt.log" 2>&1 || say "apt-get update had trouble, see $cache/apt.log"
  touch "$cache/.apt-refreshed"
}

# need PROGRAM PACKAGE: installs the package when the program is not there.
need() {
  command -v "$1" >/dev/null 2>&1 && return
  say "installing $2 (for $1)"
  apt_refresh
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$2" \
    >>"$cache/apt.log" 2>&1 || die "cannot install $2, see $cache/apt.log"
}

# unpacked PACKAGE: fetches a package and unpacks it in the cache without installing it, and prints where. For those whose
# installation would start a service (docker-registry) or push another package out (busybox-static).
unpacked() {
  if [ ! -e "$cache/packages/$1/.complete" ]; then
    say "fetching $1"
    apt_refresh
    rm -rf "$cache/packages/$1"
    mkdir -p "$cache/packages/$1"
    (cd "$cache/packages/$1" && apt-get -q download "$1" >>"$cache/apt.log" 2>&1 && dpkg-deb -x ./*.deb . && rm -f ./*.deb) \
      || die "cannot fetch $1, see $cache/apt.log"
    touch "$cache/packages/$1/.complete"
  fi
  printf '%s\n' "$cache/packages/$1"
}
