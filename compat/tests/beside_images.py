"""Images that are committed and imported, names of images and a search, here and on a dockerd beside: lines that differ.

    FELUCCA_TEST_MAIN=beside_images.py compat/run
"""
import io
import json
import re
import subprocess
import tarfile

from beside import Dockerd, compare, documents, plain
from engine import BUSYBOX, REGISTRY, Engine
from relay import Index

MAKE = "echo new >/new; rm /etc/passwd; mkdir -p /dir/sub; echo x >/dir/sub/file; ln -s new /link; chmod 4755 /new"
RICH = ["-e", "A=b", "-l", "own=1", "--expose", "80", "-v", "/data", "-w", "/dir", "-u", "1000:1000", "--stop-signal", "SIGINT",
        "--health-cmd", "true", "--health-interval", "5s", "--health-retries", "3", "--hostname", "named", "--entrypoint", "/bin/sh"]
CHANGES = ["ENV B=c D=\"e f\"", "CMD [\"/x\", \"y\"]", "ENTRYPOINT [\"/entry\"]", "EXPOSE 53/udp 99", "LABEL two=\"2 3\"", "USER nobody",
           "VOLUME /v1 /v2", "WORKDIR /w", "ONBUILD RUN true", "HEALTHCHECK --interval=3s CMD curl x"]
BAD = ["RUN true", "STOPSIGNAL 9",  "ENV", "CMD", "EXPOSE x", "WORKDIR", "HEALTHCHECK", "ONBUILD", "ENV A", "LABEL", "USER", "STOPSIGNAL", "VOLUME", "nonsense"]


def tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as out:
        for name in ("etc/motd", "x"):
            entry = tarfile.TarInfo(name)
            entry.size = 5
            out.addfile(entry, io.BytesIO(b"hello"))
    return buffer.getvalue()


def fed(daemon, *words):
    """With the tar on standard input."""
    path = daemon.home + "/fed.tar"
    with open(path, "wb") as file:
        file.write(tar())
    with open(path, "rb") as file:
        result = subprocess.run(["docker", "-H", "unix://" + daemon.socket, *words], stdin=file, capture_output=True, text=True, timeout=60)
    return result


def lines(daemon, *words):
    result = daemon.docker(*words)
    return [f"exit {result.returncode}"] + [plain(re.sub(r"(\d+|Less than a|About an?) (second|minute|hour)s?( ago)?", "SOME TIME", line)).rstrip()
                                            for line in (result.stdout + result.stderr).splitlines()]


def images(daemon):
    def ok(*words):
        result = daemon.docker(*words)
        assert result.returncode == 0, f"{daemon.name if hasattr(daemon, 'name') else 'ours'}: {words}: {result.stderr}"

    ok("run", "--name", "plain", BUSYBOX, "sh", "-c", MAKE)
    ok("run", "--name", "rich", *RICH, BUSYBOX, "-c", "echo more >/dir-of-mine || true")
    ok("create", "--name", "unchanged", BUSYBOX)
    ok("commit", "plain", "made/plain:1")
    ok("commit", "-m", "words", "-a", "Jo <jo@x>", *sum((["-c", change] for change in CHANGES), []), "plain", "made/changed:1")
    ok("commit", "rich", "made/rich:1")
    ok("commit", "-c", "CMD [\"z\"]", "rich", "made/rich:2")
    ok("commit", "unchanged", "made/unchanged:1")
    ok("commit", "plain")
    ok("create", "--name", "above", "made/plain:1")
    ok("commit", "-m", "above", "above", "made/above:1")
    for words in (["import", "-", "flat:1"], ["import", "-m", "words", *sum((["-c", change] for change in CHANGES), []), "-", "flat:2"],
                  ["import", "-"], ["import", "--platform", "linux/arm64/v8", "-", "flat:arm"], ["import", "-", "flat"]):
        result = fed(daemon, *words)
        print("<!--", words[-1], result.returncode, result.stderr.strip(), "-->")
    ok("create", "--name", "of-flat", "flat:1", "/x")
    ok("commit", "of-flat", "made/flat:1")


def names(daemon):
    """What each name of an image means, or why not."""
    daemon.docker("tag", BUSYBOX, "busybox:latest")
    daemon.docker("tag", BUSYBOX, "jo/box:v1")
    identity = daemon.docker("inspect", "--format", "{{.Id}}", BUSYBOX).stdout.strip()
    digest = json.loads(daemon.docker("inspect", BUSYBOX).stdout)[0]["RepoDigests"][0].rpartition("@")[2]
    short = identity[7:19]
    texts = ["busybox", "busybox:latest", "docker.io/busybox", "docker.io/library/busybox", "index.docker.io/busybox", "index.docker.io/library/busybox:latest",
             "library/busybox", "docker.io/library/busybox:nosuch", "docker.io/jo/box:v1", "jo/box:v1", "docker.io/jo/box", identity, identity[7:], short,
             "sha256:" + short, "sha256:" + short.upper(), "sha256:0000", "0000", "sha256", "sha256:latest", "sha256:", "sha256:" + "0" * 64, "0" * 64, "f" * 63,
             f"{BUSYBOX}@{digest}", f"{REGISTRY}/library/busybox@{digest}", f"busybox@{digest}", f"{REGISTRY}/library/busybox:other@{digest}",
             f"busybox@sha256:{'0' * 64}", "busybox@sha256:00", "busybox@" + short, f"busybox:{short}", f"busybox:{identity}", "wrong:" + identity[7:], "BusyBox",
             "docker.io/library/BusyBox", "busybox:", ":latest", "/busybox", "busybox/", "a//b", "a/../b", "docker.io", "docker.io/", "localhost/busybox", "x" * 300,
             "busybox:" + "t" * 129, "http://busybox", "busybox@latest", "index.docker.io", "library/library/busybox", "docker.io/library/library/busybox"]
    found = []
    for text in texts:
        shown = text.replace(identity[7:], "ID").replace(short, "SHORT-ID")
        for words in (["image", "inspect", "--format", "{{.Id}}"], ["history", "-q", "--no-trunc"], ["create"], ["tag"]):
            more = ["new/name:1"] if words == ["tag"] else []
            if words == ["create"] and "busybox" not in text and "box" not in text and not re.fullmatch("(sha256:)?[0-9a-f]+", text):
                continue
            if words == ["create"]:
                words = ["create", "--pull", "never"]
            result = daemon.docker(*words, text, *more)
            out = (result.stdout + " " + result.stderr).replace(identity, "IDENTITY").strip()
            found.append(f"{words[0]} {shown}: {result.returncode} {plain(out.splitlines()[0] if out else '')}")
        target = daemon.docker("tag", BUSYBOX, text)
        found.append(f"tag as {shown}: {target.returncode} {plain(target.stdout + target.stderr).strip()}")
    for text in ("busybox", "docker.io/library/busybox", "docker.io/busybox", "library/busybox", "*busybox", "*/busybox", "jo/*", "*/*/*", REGISTRY + "/*/*", "busybox:*", "nosuch",
                 f"busybox@{digest}", identity, short, "BusyBox", "busy["):
        out = sorted(daemon.docker("images", "--format", "{{.Repository}}:{{.Tag}}", text).stdout.splitlines())
        found.append(f"images {text.replace(identity[7:], 'ID').replace(short, 'SHORT-ID')}: {out} {daemon.docker('images', text).stderr.strip()}")
        out = sorted(daemon.docker("images", "--format", "{{.Repository}}:{{.Tag}}", "-f", "reference=" + text).stdout.splitlines())
        found.append(f"images -f reference={text.replace(identity[7:], 'ID').replace(short, 'SHORT-ID')}: {out}")
    for text in ("docker.io/library/busybox:latest", "docker.io/jo/box:v1", "sha256:" + short):
        daemon.docker("create", "--name", "by-name", text)
        shown = json.loads(daemon.docker("inspect", "by-name").stdout or "[{}]")[0]
        found.append(f"Config.Image of {text.replace(short, 'SHORT-ID')}: {plain(str(shown.get('Config', {}).get('Image'))).replace(short, 'SHORT-ID')}")
        found.append(f"ps of {text.replace(short, 'SHORT-ID')}: {plain(daemon.docker('ps', '-a', '--filter', 'name=by-name', '--format', '{{.Image}}').stdout.strip())}")
        for ancestor in ("busybox", "docker.io/library/busybox", short, identity, "jo/box:v1"):
            listed = daemon.docker("ps", "-a", "--filter", "ancestor=" + ancestor, "--format", "{{.Names}}")
            found.append(f"ancestor {ancestor.replace(identity[7:], 'ID').replace(short, 'SHORT-ID')}: {sorted(listed.stdout.split())} {listed.stderr.strip()}")
        daemon.docker("rm", "-f", "by-name")
    for text in ("docker.io/library/busybox", "index.docker.io/jo/box:v1"):
        found += [f"rmi {text}: {line}" for line in lines(daemon, "rmi", text)]
    return found


def pulls(daemon):
    """Requests that go wrong."""
    found = []
    for platform in ("foobar", "linux/foobar", "windows/amd64", "linux/amd64/v9", "a/b/c/d", "linux/", "", "linux/am*", "amd64", "linux", "LINUX/AMD64", "x86_64", "macos", "arm"):
        found += [f"--platform {platform!r}: {line}" for line in lines(daemon, "pull", "-q", "--platform", platform, BUSYBOX)]
        found += [f"--platform {platform!r} of a list: {line}" for line in lines(daemon, "pull", "-q", "--platform", platform, BUSYBOX.replace(":latest", ":list"))]
        found += [f"create --platform {platform!r}: {line}" for line in lines(daemon, "create", "--pull", "never", "--platform", platform, BUSYBOX)]
    for address in ("http://127.0.0.1:1/x", "127.0.0.1:1/x.tar", "http://nosuchdomain.invalid/bad", "ftp://127.0.0.1/x", "http://", "http://[::1", "http://a b/", "file:///etc/passwd",
                    f"http://{REGISTRY}/nothing"):
        found += [f"import {address}: {line}" for line in lines(daemon, "import", address, "fetched:1")]
    for words in (["import", "-", "flat@sha256:" + "0" * 64], ["import", "-", "Flat"], ["import", "-", "flat:"]):
        result = fed(daemon, *words)
        found.append(f"{words}: {result.returncode} {plain(result.stderr).strip()}")
    for change in BAD:
        result = fed(daemon, "import", "-c", change, "-", "bad:1")
        found.append(f"import -c {change!r}: {result.returncode} {plain(result.stderr).strip()}")
        found += [f"commit -c {change!r}: {line}" for line in lines(daemon, "commit", "-c", change, "plain", "bad:2")]
    return found


RESULTS = [{"name": f"jo/box{n}", "description": f"the {n}th " + "long " * n, "star_count": n * 5, "is_official": n % 3 == 0, "is_automated": n % 2 == 0,
            "is_trusted": False} for n in range(30)]


def searches(daemon, address):
    found = []
    for words in ([], ["--limit", "3"], ["--limit", "100"], ["--limit", "101"], ["--limit", "-1"], ["--no-trunc"], ["-f", "stars=50"], ["-f", "stars=50", "-f", "stars=100"],
                  ["-f", "is-official=true"], ["-f", "is-official=false"], ["-f", "is-automated=true", "-f", "is-official=true"], ["-f", "is-automated=1"], ["-f", "is-official=perhaps"],
                  ["-f", "stars=many"], ["-f", "stars=-1"], ["-f", "nosuch=1"], ["--format", "{{.Name}} {{.StarCount}} {{.IsOfficial}} {{.IsAutomated}}"], ["-f", "stars=1000"]):
        found += [f"search {' '.join(words)}: {line}" for line in lines(daemon, "search", *words, address + "/box")]
    return found


def main():
    ours = Engine("beside")
    ours.up()
    docker = Dockerd()
    both = (docker, ours)
    search = Index(RESULTS)
    try:
        for each in both:
            pulled = each.docker("pull", "-q", BUSYBOX)
            assert pulled.returncode == 0, pulled.stderr
        for each in both:
            images(each)
        for name in ("made/plain:1", "made/changed:1", "made/rich:1", "made/rich:2", "made/unchanged:1", "made/above:1", "flat:1", "flat:2", "flat:arm", "made/flat:1"):
            documents(f"docker image inspect {name}", *(json.loads(each.docker("image", "inspect", name).stdout or "null") for each in both))
            compare(f"docker history {name}", *(lines(each, "history", "--no-trunc", name) for each in both))
            compare(f"docker history -q {name}", *(lines(each, "history", "--human=false", "--format", "{{json .}}", name) for each in both))
        listed = "{{.Repository}} {{.Tag}} {{.Digest}} {{.Size}} {{.CreatedSince}}"
        for words in (["images", "--format", listed], ["images", "-a", "--digests", "--format", listed], ["images", "--filter", "dangling=true", "--format", listed]):
            compare("docker " + " ".join(words), *(sorted(lines(each, *words)) for each in both))
        for ask in (names, pulls):
            compare(ask.__name__, *(ask(each) for each in both))
        compare("search", *(searches(each, search.address) for each in both))
        print("asked of the index:", *dict.fromkeys(search.asked), sep="\n  ")
        print("\nthe end")
    finally:
        search.close()
        docker.close()
        ours.destroy()


if __name__ == "__main__":
    main()
