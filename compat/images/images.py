"""Composes the test images out of layer tars and pushes each in the encodings registries hold today."""

import argparse
import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess

from layers import big_layer, busybox_layer
from registry_client import Registry

OCI, DOCKER = "application/vnd.oci.image", "application/vnd.docker.distribution"
# encoding: (how layers are packed, manifest type, config type, layer type, index type)
ENCODINGS = {
    "gzip": ("gz", f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json", f"{OCI}.layer.v1.tar+gzip", f"{OCI}.index.v1+json"),
    "zstd": ("zst", f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json", f"{OCI}.layer.v1.tar+zstd", f"{OCI}.index.v1+json"),
    "plain": ("tar", f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json", f"{OCI}.layer.v1.tar", f"{OCI}.index.v1+json"),
    "schema2": ("gz", f"{DOCKER}.manifest.v2+json", "application/vnd.docker.container.image.v1+json",
                "application/vnd.docker.image.rootfs.diff.tar.gzip", f"{DOCKER}.manifest.list.v2+json"),
}
HOST = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
OTHER = "arm64" if HOST == "amd64" else "amd64"


def sha256(path):
    with open(path, "rb") as data:
        return "sha256:" + hashlib.file_digest(data, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \
            else "sha256:" + hashlib.sha256(data.read()).hexdigest()


def once(path, make):
    """Makes a file of the cache when it is not there; a half made one never has the name."""
    if not os.path.exists(path):
        make(path + ".next")
        os.rename(path + ".next", path)
    return path


def packed(tar, how):
    if how == "tar":
        return tar

    def pack(target):
        if how == "zst":
            subprocess.run(["zstd", "-q", "-f", "-3", tar, "-o", target], check=True)
        else:
            with open(tar, "rb") as plain, open(target, "wb") as raw, \
                    gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as out:
                shutil.copyfileobj(plain, out, 1 << 20)
    return once(f"{tar}.{how}", pack)


class Image:
    def __init__(self, registry, cache):
        self.registry, self.cache = registry, cache

    def _blob(self, repository, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        path = os.path.join(self.cache, "blob-" + digest[7:])
        with open(path, "wb") as out:
            out.write(data)
        self.registry.push_blob(repository, digest, path)
        os.remove(path)
        return digest

    def push(self, repository, tag, encoding, tars, command, architecture=HOST):
        """Returns the descriptor that an index needs."""
        how, manifest_type, config_type, layer_type, _ = ENCODINGS[encoding]
        config = json.dumps({
            "created": "2024-01-01T00:00:00Z", "architecture": architecture, "os": "linux",
            "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": command},
            "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in tars]},
            "history": [{"created": "2024-01-01T00:00:00Z", "created_by": f"felucca test image, layer {i}"}
                        for i, _ in enumerate(tars)],
        }).encode()
        layers = []
        for tar in tars:
            file = packed(tar, how)
            digest = sha256(file)
            self.registry.push_blob(repository, digest, file)
            layers.append({"mediaType": layer_type, "digest": digest, "size": os.path.getsize(file)})
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": manifest_type,
            "config": {"mediaType": config_type, "digest": self._blob(repository, config), "size": len(config)},
            "layers": layers,
        }).encode()
        digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
        self.registry.push_manifest(repository, tag or digest, manifest_type, manifest)
        if tag:
            print(f"{self.registry.address}/{repository}:{tag}@{digest}")
        return {"mediaType": manifest_type, "digest": digest, "size": len(manifest),
                "platform": {"architecture": architecture, "os": "linux"}}

    def push_index(self, repository, tag, encoding, descriptors):
        media_type = ENCODINGS[encoding][4]
        index = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": descriptors}).encode()
        self.registry.push_manifest(repository, tag, media_type, index)
        print(f"{self.registry.address}/{repository}:{tag}@sha256:{hashlib.sha256(index).hexdigest()}")


def main():
    arguments = argparse.ArgumentParser()
    for option in ("--registry", "--cache", "--busybox"):
        arguments.add_argument(option, required=True)
    arguments.add_argument("names", nargs="+")
    given = arguments.parse_args()
    image = Image(Registry(given.registry), given.cache)
    at = lambda name: os.path.join(given.cache, name)
    busybox = once(at("busybox-root.tar"), lambda path: busybox_layer(path, given.busybox))

    if "busybox" in given.names:
        for encoding in ("gzip", "zstd", "plain", "schema2"):
            image.push("library/busybox", encoding, encoding, [busybox], ["sh"])
        for encoding, tag in (("gzip", "latest"), ("schema2", "list")):
            # The other platform's image is a dummy: whoever picks it finds no program to run.
            ours = image.push("library/busybox", None, encoding, [busybox], ["sh"])
            theirs = image.push("library/busybox", None, encoding, [once(at("dummy.tar"), dummy_layer)], ["sh"], OTHER)
            image.push_index("library/busybox", tag, encoding, [theirs, ours])
    if "debian" in given.names:
        for tag, encoding in (("bookworm", "gzip"), ("latest", "gzip"), ("bookworm-zstd", "zstd"), ("bookworm-schema2", "schema2")):
            image.push("library/debian", tag, encoding, [at("debian.tar")], ["bash"])
    if "layers" in given.names:
        tars = [busybox] + [once(at(f"layer{n}.tar"), lambda path, n=n: big_layer(path, n)) for n in range(2, 9)]
        for tag, encoding in (("latest", "gzip"), ("gzip", "gzip"), ("zstd", "zstd"), ("schema2", "schema2")):
            image.push("test/layers", tag, encoding, tars, ["sh"])


def dummy_layer(path):
    from layers import Layer
    with Layer(path) as layer:
        layer.file("wrong-platform", b"this image is for another machine\n")


if __name__ == "__main__":
    main()
