"""The Engine API as its file describes it: every answer is held against that, and every parameter does what it says."""
import json
import socket
import threading
import time

from api_answers import Asker, path_stat
from api_schema import Schema
from asking import tar
from engine import BUSYBOX, PATIENCE, REGISTRY, EngineTest, until

TAR = {"Content-Type": "application/x-tar"}
FULL = {  # a container that has nearly everything
    "Hostname": "h", "Domainname": "d.e", "User": "0", "Env": ["A=b"], "ExposedPorts": {"80/tcp": {}, "99/udp": {}},
    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 10**9, "Timeout": 2 * 10**9, "Retries": 2, "StartPeriod": 10**9, "StartInterval": 10**9},
    "Labels": {"l": "m"}, "StopSignal": "SIGKILL", "StopTimeout": 1, "Volumes": {"/vol": {}}, "WorkingDir": "/tmp",
    "HostConfig": {
        "Binds": ["vv:/vv", "/tmp:/ht:ro"],
        "Mounts": [
            {"Type": "volume", "Target": "/anon",
             "VolumeOptions": {"NoCopy": True, "Labels": {"z": "1"}, "DriverConfig": {"Name": "local", "Options": {}}}},
            {"Type": "tmpfs", "Target": "/tm", "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 511, "Options": [["noexec"]]}},
            {"Type": "bind", "Source": "/usr", "Target": "/husr", "ReadOnly": True,
             "BindOptions": {"Propagation": "rprivate", "CreateMountpoint": True, "ReadOnlyNonRecursive": True}}],
        "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]},
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}, "Memory": 64 << 20, "MemorySwap": -1, "CpuShares": 512,
        "NanoCpus": 500000000, "CpusetCpus": "0", "PidsLimit": 100, "Ulimits": [{"Name": "nofile", "Soft": 100, "Hard": 200}],
        "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/nul2", "CgroupPermissions": "rwm"}],
        "CapAdd": ["NET_ADMIN"], "CapDrop": ["MKNOD"], "Dns": ["1.1.1.1"], "DnsOptions": ["ndots:1"], "DnsSearch": ["a.b"],
        "ExtraHosts": ["x:1.2.3.4"], "GroupAdd": ["7"], "OomScoreAdj": 10, "SecurityOpt": ["no-new-privileges"],
        "Sysctls": {"net.ipv4.ip_forward": "1"}, "ShmSize": 1 << 20, "Tmpfs": {"/t2": "size=1m"},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}, "Annotations": {"q": "r"}, "Init": True, "NetworkMode": "nn",
        "ConsoleSize": [20, 80], "IpcMode": "private", "MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/bus"]},
    "NetworkingConfig": {"EndpointsConfig": {"nn": {
        "Aliases": ["al"], "IPAMConfig": {"IPv4Address": "10.77.5.7"}, "MacAddress": "02:42:0a:4d:05:07", "GwPriority": 5}}}}
NETWORK = {
    "Name": "nn", "Driver": "bridge", "EnableIPv6": True, "Attachable": True, "Labels": {"x": "y"},
    "IPAM": {"Driver": "default", "Options": {}, "Config": [
        {"Subnet": "10.77.0.0/16", "IPRange": "10.77.5.0/24", "Gateway": "10.77.0.1", "AuxiliaryAddresses": {"x": "10.77.0.9"}},
        {"Subnet": "fd77::/64"}]}}


class Api(EngineTest):
    def setUp(self):
        self.asker = Asker(self.engine.socket, Schema.load())
        self.ask = self.asker.ask

    def tearDown(self):
        for container in self.ask("GET", "/containers/json", 200, all=1).json:
            self.ask("DELETE", "/containers/" + container["Id"], 204, force=1, v=1)
        self.assertEqual([], self.asker.told())

    def create(self, name, prefix="", **body):
        body = {"Image": BUSYBOX, "Cmd": ["sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done"], **body}
        return self.ask("POST", "/containers/create", 201, body, prefix=prefix, name=name).json["Id"]

    def refuses(self, status, words, method, where, *body, **query):
        self.assertIn(words, self.ask(method, where, status, *body, **query).message)

    def test_system(self):
        ask = self.ask
        self.assertEqual(b"OK", ask("GET", "/_ping", 200).body)
        ping = ask("HEAD", "/_ping", 200)
        self.assertEqual(("1", "inactive"), (ping.headers["Builder-Version"], ping.headers["Swarm"]))
        details = ask("GET", "/version", 200).json["Components"][0]["Details"]
        self.assertEqual(("1.50", "1.24"), (details["ApiVersion"], details["MinAPIVersion"]))
        version = ask("GET", "/version", 200).json
        self.assertRegex(version["GitCommit"], r"^[0-9a-f]{12,}(-dirty)?$")
        self.assertRegex(version["BuildTime"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.0{9}\+00:00$")
        info = ask("GET", "/info", 200).json
        self.assertEqual("nftables", info["FirewallBackend"]["Driver"])
        self.assertIn({"Base": "172.17.0.0/12", "Size": 16}, info["DefaultAddressPools"])
        self.assertEqual([], ask("GET", "/plugins", 200).json)
        self.refuses(404, 'plugin "x" not found', "GET", "/plugins/x/json")
        self.refuses(501, "not supported", "POST", "/plugins/pull", remote="x")
        for path in ("/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs", "/services/x", "/configs/x", "/swarm/unlockkey"):
            status = self.asker.raw("GET", path)
            self.assertEqual((503, True), (status.status, status.message.startswith("This node is not a swarm manager.")), path)
        for path, status in (("/build", 501), ("/session", 501), ("/swarm/init", 501), ("/swarm/leave", 503)):
            self.assertEqual(status, self.asker.raw("POST", path).status, path)
        for method, path in (("GET", "/nothing"), ("POST", "/info"), ("HEAD", "/info"), ("GET", "/containers//json"), ("GET", "//info")):
            self.assertEqual(404, self.asker.raw(method, path).status, path)

    def test_versions(self):
        for version in ("1.24", "1.30", "1.41", "1.49", "1.50"):
            self.ask("GET", "/_ping", 200, prefix="/v" + version)
        new = "is too new. Maximum supported API version is 1.50"
        for version in ("1.51", "2.0", "1.99999999999999999999"):
            self.assertEqual(f"client version {version} {new}", self.asker.raw("GET", f"/v{version}/info").message)
        old = self.asker.raw("GET", "/v1.23/info")
        self.assertEqual(400, old.status)
        self.assertEqual("client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
                         old.message)
        info = {v: json.loads(self.asker.raw("GET", f"/v{v}/info").body) for v in ("1.24", "1.41", "1.48", "1.50")}
        self.assertEqual([True, True, True, False], ["BridgeNfIptables" in one for one in info.values()])
        self.assertEqual([True, True, False, False], ["KernelMemory" in one for one in info.values()])
        self.assertEqual([True, True, True, False], ["Expected" in one["RuncCommit"] for one in info.values()])
        self.assertNotIn("name=", "".join(info["1.24"]["SecurityOptions"]))

    def test_containers_of_older_clients(self):
        def host(name):
            return self.ask("GET", f"/containers/{name}/json", 200).json["HostConfig"]
        self.create("new")
        self.create("old", "/v1.24", HostConfig={"AutoRemove": True, "Annotations": {"a": "b"}})
        self.assertEqual(("private", "shareable"), (host("new")["IpcMode"], host("old")["IpcMode"]))
        self.assertEqual((False, None), (host("old")["AutoRemove"], host("old").get("Annotations")))
        many = {"Image": BUSYBOX, "NetworkingConfig": {"EndpointsConfig": {"a": {}, "bridge": {}}}}
        for version, words, body in (
                ("1.43", "multiple network endpoints: a, bridge", many),
                ("1.44", "Subpath needs API v1.45", {"Image": BUSYBOX, "HostConfig": {"Mounts": [
                    {"Type": "volume", "Source": "v", "Target": "/v", "VolumeOptions": {"Subpath": "x"}}]}}),
                ("1.50", 'BindOptions must not be specified on mount type "volume"', {"Image": BUSYBOX, "HostConfig": {"Mounts": [
                    {"Type": "volume", "Source": "v", "Target": "/v", "BindOptions": {}}]}})):
            self.refuses(400, words, "POST", "/containers/create", body, prefix="/v" + version)
        self.assertIn("VirtualSize", json.loads(self.asker.raw("GET", f"/v1.43/images/{BUSYBOX}/json").body))
        self.ask("POST", "/networks/create", 201, {"Name": "older"})
        try:
            cid = self.create("there", HostConfig={"NetworkMode": "older"})
            self.ask("POST", "/containers/there/start", 204)
            aliases = [json.loads(self.asker.raw("GET", f"/v{v}/containers/there/json").body)["NetworkSettings"]["Networks"]["older"]["Aliases"]
                       for v in ("1.44", "1.45")]
            self.assertEqual([[cid[:12]], None], aliases)
            lists = [[n for n in json.loads(self.asker.raw("GET", f"/v{v}/networks").body) if n["Name"] == "older"][0]["Containers"]
                     for v in ("1.27", "1.28")]
            self.assertEqual([[cid], []], [list(one) for one in lists])
        finally:
            self.ask("DELETE", "/containers/there", 204, force=1)
            self.ask("DELETE", "/networks/older", 204)

    def test_images(self):
        ask = self.ask
        ask("POST", "/images/create", 200, fromImage=REGISTRY + "/library/busybox", tag="latest")
        ask("POST", "/images/create", 404, fromImage=REGISTRY + "/nothing", tag="latest")
        ask("GET", "/images/json", 400, filters={"nope": ["x"]})
        ask("POST", f"/images/{BUSYBOX}/tag", 201, repo=REGISTRY + "/mine/box", tag="v1")
        ask("POST", f"/images/{BUSYBOX}/tag", 400, repo="X::")
        ask("POST", "/images/nope/tag", 404, repo="x")
        ask("POST", f"/images/{REGISTRY}/mine/box/push", 200, headers={"X-Registry-Auth": "e30="}, tag="v1")
        # The file has 404; Docker begins its stream first.
        nope = ask("POST", "/images/nope/push", 200, headers={"X-Registry-Auth": "e30="})
        self.assertIn(b'"error":"An image does not exist locally with the tag: nope"', nope.body)
        ask("GET", f"/distribution/{BUSYBOX}/json", 200)
        ask("POST", "/auth", 200, {"username": "u", "password": "p", "serveraddress": REGISTRY})
        ask("POST", "/auth", 200, {"serveraddress": REGISTRY})
        saved = ask("GET", "/images/get", 200, names=[BUSYBOX]).body
        ask("GET", f"/images/{BUSYBOX}/get", 200)
        ask("POST", "/images/load", 200, saved, TAR, quiet=0)
        self.assertIn(b'"error"', ask("POST", "/images/load", 200, b"", TAR).body)
        changes = ['CMD ["x"]', "ENV A=b", "EXPOSE 80", "VOLUME /v", "LABEL a=b", "HEALTHCHECK --interval=3s CMD true", "USER u", "WORKDIR /w",
                   "ONBUILD RUN x", "STOPSIGNAL 9", 'ENTRYPOINT ["/e"]']
        ask("POST", "/images/create", 200, tar(x=b"y"), TAR, fromSrc="-", repo="imp", tag="1", message="m", changes=changes)
        ask("GET", "/images/imp:1/json", 200)
        ask("GET", "/images/imp:1/history", 200)
        ask("GET", "/images/json", 200, all=1, digests=1)
        sizes = {i["RepoTags"][0]: i["SharedSize"] for i in ask("GET", "/images/json", 200, shared_size=1).json}
        self.assertEqual(0, sizes["imp:1"])
        self.assertEqual({-1}, {i["SharedSize"] for i in ask("GET", "/images/json", 200).json})
        old = json.loads(self.asker.raw("GET", "/v1.40/images/json?filter=imp").body)
        self.assertEqual([["imp:1"]], [i["RepoTags"] for i in old])
        for method, path, query in (("GET", "/images/imp:1/json", "platform"), ("GET", "/images/imp:1/history", "platform"),
                                    ("POST", "/images/imp:1/push", "platform"), ("DELETE", "/images/imp:1", "platforms")):
            self.refuses(404, "does not match the specified platform (linux/s390x)", method, path,
                         **{query: {"os": "linux", "architecture": "s390x"}})
        self.refuses(400, "both OS and Architecture", "GET", "/images/imp:1/json", platform={"os": "linux"})
        self.refuses(400, "manifests and platform", "GET", "/images/imp:1/json", platform={"os": "linux", "architecture": "amd64"}, manifests=1)
        ask("DELETE", "/images/imp:1", 200)
        ask("DELETE", f"/images/{REGISTRY}/mine/box:v1", 200)
        for method, path in (("GET", "/images/nope/json"), ("GET", "/images/nope/history"), ("DELETE", "/images/nope")):
            ask(method, path, 404)

    def test_a_life_with_everything(self):
        ask = self.ask
        ask("POST", "/volumes/create", 201, {"Name": "vv", "Labels": {"a": "b"}, "Driver": "local", "DriverOpts": {}})
        ask("POST", "/networks/create", 201, NETWORK)
        self.create("full", **FULL)
        ask("GET", "/containers/full/json", 200, size=1)
        ask("POST", "/containers/full/start", 204)
        ask("POST", "/containers/full/start", 304)
        self.refuses(400, "non-empty request body", "POST", "/containers/full/start", {"Privileged": True})
        until(lambda: ask("GET", "/containers/full/json", 200).json["State"]["Health"]["Status"] == "healthy", "it is healthy")
        cid = ask("GET", "/containers/full/json", 200, size=1).json["Id"]
        self.create("plain")
        ask("POST", "/containers/plain/start", 204)
        for name in ("since", "before"):
            found = ask("GET", "/containers/json", 200, all=1, **{name: "full"}).json
            self.assertEqual(["/plain"] if name == "since" else [], [one["Names"][0] for one in found])
        ask("GET", "/containers/json", 200, all=1, size=1)
        ask("GET", "/containers/json", 400, filters={"nope": ["x"]})
        for arguments in ("", "aux"):
            ask("GET", "/containers/full/top", 200, ps_args=arguments) if not arguments else self.asker.raw("GET", "/containers/full/top?ps_args=aux")
        ask("GET", "/containers/full/changes", 200)
        ask("GET", "/containers/full/stats", 200, stream=0)
        ask("GET", "/containers/full/logs", 200, stdout=1)
        ask("GET", "/containers/full/logs", 400)
        ask("POST", "/containers/full/resize", 409, h=1, w=1)
        ask("POST", "/containers/full/update", 200, {"Memory": 70 << 20, "RestartPolicy": {"Name": "no"}})
        self.refuses(400, "Ulimits of a container cannot be updated", "POST", "/containers/full/update", {"Ulimits": [{"Name": "core"}]})
        ask("POST", "/containers/full/pause", 204)
        ask("POST", "/containers/full/pause", 409)
        ask("POST", "/containers/full/unpause", 204)
        ask("POST", "/containers/full/rename", 409, name="plain")
        ask("POST", "/containers/full/rename", 204, name="full2")
        self.assertEqual("etc", path_stat(ask("HEAD", "/containers/full2/archive", 200, path="/etc"))["name"])
        ask("GET", "/containers/full2/archive", 200, path="/etc/hosts")
        ask("PUT", "/containers/full2/archive", 200, tar(zz=b"1"), TAR, path="/tmp", noOverwriteDirNonDir=1)
        ask("PUT", "/containers/full2/archive", 403, tar(zz=b"1"), TAR, path="/husr")
        ask("GET", "/containers/full2/archive", 404, path="/nope")
        ask("GET", "/containers/full2/archive", 400)
        self.execs()
        ask("POST", "/networks/nn/connect", 200, {"Container": "plain", "EndpointConfig": {"Aliases": ["z"]}})
        ask("POST", "/networks/nn/connect", 403, {"Container": "plain"})
        self.assertEqual(2, len(ask("GET", "/networks/nn", 200, verbose="true", scope="local").json["Containers"]))
        ask("GET", "/networks/nn", 404, scope="swarm")
        ask("GET", "/networks/nn", 400, verbose="maybe")
        ask("DELETE", "/networks/nn", 403)
        ask("GET", "/containers/plain/json", 200)
        ask("POST", "/networks/nn/disconnect", 200, {"Container": "plain", "Force": False})
        ask("POST", "/commit", 201, {"Env": ["Q=1"]}, container="plain", repo="comm", tag="1", comment="c", author="a", changes=["ENV X=y"])
        ask("GET", "/images/comm:1/json", 200)
        ask("DELETE", "/images/comm:1", 200)
        df = ask("GET", "/system/df", 200).json
        self.assertEqual([1], [v["UsageData"]["RefCount"] for v in df["Volumes"] if v["Name"] == "vv"])
        self.refuses(400, "unknown object type: nope", "GET", "/system/df", type="nope")
        self.assertEqual([], ask("GET", "/system/df", 200, type="image").json["Containers"])
        ended = []
        waiter = threading.Thread(target=lambda: ended.append(ask("POST", "/containers/plain/wait", 200, condition="next-exit").json))
        waiter.start()
        time.sleep(0.2)                              # an end that is missed would be waited for till the test's own
        ask("POST", "/containers/plain/stop", 204, t=5, signal="SIGTERM")
        waiter.join(20)
        self.assertEqual([{"StatusCode": 5}], ended)
        for path, status in (("stop", 304), ("kill", 409), ("start", 204), ("restart", 204)):
            ask("POST", "/containers/plain/" + path, status, **({"t": 0} if path == "restart" else {}))
        ask("DELETE", "/containers/plain", 409)
        ask("DELETE", "/containers/plain", 204, force=1)
        ask("DELETE", "/volumes/vv", 409)
        ask("DELETE", "/containers/" + cid, 204, force=1, v=1)
        ask("DELETE", "/volumes/vv", 204)
        ask("DELETE", "/networks/nn", 204)
        for kind in ("containers", "networks", "volumes", "build"):
            ask("POST", f"/{kind}/prune", 200)

    def execs(self):
        ask = self.ask
        asked = {"Cmd": ["sh", "-c", "echo hi; exit 3"], "AttachStdout": True, "Env": ["A=1"], "WorkingDir": "/", "User": "0"}
        one = ask("POST", "/containers/plain/exec", 201, asked).json["Id"]
        ask("GET", f"/exec/{one}/json", 200)
        self.assertIn(b"hi\n", ask("POST", f"/exec/{one}/start", 200, {"Detach": False, "Tty": False}).body)
        self.assertEqual(3, ask("GET", f"/exec/{one}/json", 200).json["ExitCode"])
        ask("POST", f"/exec/{one}/start", 409, {})
        ask("POST", f"/exec/{one}/resize", 409, h=1, w=1)
        two = ask("POST", "/containers/plain/exec", 201, {"Cmd": ["true"]}).json["Id"]
        ask("POST", f"/exec/{two}/start", 200, {"Detach": True})
        ask("POST", "/containers/plain/exec", 400, {"Cmd": []})

    def test_what_is_not_there(self):
        ask = self.ask
        for method, path, query in (
                ("GET", "json", {}), ("GET", "top", {}), ("GET", "logs", {"stdout": 1}), ("GET", "changes", {}), ("GET", "export", {}),
                ("GET", "stats", {"stream": 0}), ("POST", "resize", {"h": 1, "w": 1}), ("POST", "start", {}), ("POST", "stop", {}),
                ("POST", "restart", {}), ("POST", "kill", {}), ("POST", "rename", {"name": "x"}), ("POST", "pause", {}), ("POST", "unpause", {}),
                ("POST", "attach", {}), ("POST", "wait", {}), ("HEAD", "archive", {"path": "/"}), ("GET", "archive", {"path": "/"})):
            answer = ask(method, f"/containers/nope/{path}", 404, **query) if method != "HEAD" else None
            says = "cannot kill container: nope: " if path == "kill" else ""
            self.assertTrue(answer is None or answer.message == says + "No such container: nope", path)
        ask("PUT", "/containers/nope/archive", 404, tar(a=b""), TAR, path="/")
        ask("DELETE", "/containers/nope", 404)
        ask("POST", "/containers/nope/exec", 404, {"Cmd": ["x"]})
        ask("POST", "/containers/nope/update", 404, {})
        ask("POST", "/commit", 404, {}, container="nope")
        for path in ("/exec/nope/json", "/volumes/nope", "/networks/nope"):
            ask("GET", path, 404)
        ask("POST", "/exec/nope/start", 404, {})
        ask("POST", "/exec/nope/resize", 404, h=1, w=1)
        for path in ("/volumes/nope", "/networks/nope"):
            ask("DELETE", path, 404)
        ask("POST", "/networks/nope/connect", 404, {"Container": "plain"})
        ask("POST", "/networks/nope/disconnect", 404, {"Container": "plain"})

    def test_what_is_refused(self):
        ask = self.ask
        ask("POST", "/containers/create", 404, {"Image": "nope"})
        ask("POST", "/containers/create", 400, {})
        ask("POST", "/containers/create", 400, {"Image": BUSYBOX}, name="-")
        ask("POST", "/containers/create", 201, {"Image": BUSYBOX}, name="long")
        self.refuses(400, "file name too long", "GET", "/containers/long/archive", path="/" + "a" * 300)
        self.refuses(400, "file name too long", "PUT", "/containers/long/archive", tar(zz=b"1"), TAR, path="/" + "a" * 300)
        self.refuses(400, "a NUL in the URL", "GET", "/containers/long/archive", path="/a\0")
        self.refuses(400, "a NUL in the URL", "PUT", "/containers/long/archive", tar(zz=b"1"), TAR, path="/a\0")
        ask("DELETE", "/containers/long", 204)
        ask("POST", "/volumes/create", 400, {"Name": "../x"})
        ask("POST", "/volumes/create", 404, {"Name": "xx", "Driver": "nope"})
        self.refuses(503, "not a swarm manager", "POST", "/volumes/create", {"Name": "x", "ClusterVolumeSpec": {}})
        self.refuses(503, "volume update only valid for cluster volumes, but swarm is unavailable", "PUT", "/volumes/x", {}, version=1)
        ask("POST", "/networks/create", 400, {"Name": ""})
        ask("POST", "/networks/create", 403, {"Name": "bridge"})
        ask("DELETE", "/networks/bridge", 403)
        ask("GET", "/events", 400, since="x")
        ask("GET", "/events", 400, since=2, until=0)
        for body, words in ((b'{"Image":', "unexpected EOF"), (b"[" * 100000, "nested too deeply"), (b'{"Image":5}', "cannot unmarshal number"),
                            (b"{invalid", "invalid JSON: invalid character 'i' looking for beginning of object key string"),
                            (b'{"Image":"\xff"}', "UTF-8"), (b'{"HostConfig":{"Memory":9223372036854775808}}', "cannot unmarshal number"),
                            (b"{} x", ""), (b"[]", "cannot unmarshal array")):
            self.refuses(400, words, "POST", "/containers/create", body, headers={"Content-Type": "application/json"})

    def test_troubles_that_are_500(self):
        """As Docker has them: clients of it (docker-java's httpclient5 for one) ask again after a 503."""
        self.create("one", HostConfig={"PortBindings": {"80/tcp": [{"HostPort": "18080"}]}})
        self.create("two", HostConfig={"PortBindings": {"80/tcp": [{"HostPort": "18080"}]}})
        self.refuses(500, "is not paused", "POST", "/containers/one/unpause")
        self.ask("POST", "/containers/one/start", 204)
        self.refuses(500, "is not paused", "POST", "/containers/one/unpause")
        self.refuses(500, "Bind for 0.0.0.0:18080 failed: port is already allocated", "POST", "/containers/two/start")
        self.refuses(500, "connection refused", "POST", "/images/create", fromImage="127.0.0.1:1/x", tag="v1")

    def test_events(self):
        ask = self.ask
        since = time.time()
        self.create("ev", Labels={"tier": "web"})
        ask("POST", "/containers/ev/start", 204)
        ask("GET", "/containers/ev/top", 200)
        ask("POST", "/commit", 201, {}, container="ev", repo="evi", changes=["LABEL made=here"])
        self.create("tty", Tty=True)
        ask("POST", "/containers/tty/start", 204)
        ask("POST", "/containers/tty/resize", 200, h=10, w=20)
        ask("POST", "/containers/ev/stop", 204, t=5)
        ask("DELETE", "/containers/ev", 204)
        ask("DELETE", "/images/evi", 200)
        ask("POST", "/images/prune", 200)

        def told(**filters):
            lines = ask("GET", "/events", 200, since=f"{since:.6f}", until=f"{time.time():.6f}", filters=filters).body.splitlines()
            return [json.loads(line) for line in lines]
        life = told(container=["ev"])
        self.assertEqual(["create", "start", "top", "pause", "unpause", "commit", "kill", "stop", "die", "destroy"], [e["Action"] for e in life])
        for event in life:
            attributes = event["Actor"]["Attributes"]
            self.assertEqual((BUSYBOX, "ev", "web"), (attributes["image"], attributes["name"], attributes["tier"]))
        commit, kill, die = life[5], life[6], life[8]
        self.assertEqual("evi:latest", commit["Actor"]["Attributes"]["imageRef"])
        self.assertEqual("15", kill["Actor"]["Attributes"]["signal"])
        self.assertEqual("5", die["Actor"]["Attributes"]["exitCode"])
        self.assertLessEqual({"execDuration"}, set(die["Actor"]["Attributes"]))
        images = told(type=["image"])
        self.assertEqual(["create", "tag", "untag", "delete", "prune"], [e["Action"] for e in images])
        self.assertEqual(["here", "here", "here", None, None], [e["Actor"]["Attributes"].get("made") for e in images])
        self.assertIn("reclaimed", images[-1]["Actor"]["Attributes"])
        self.assertEqual([("10", "20")], [(e["Actor"]["Attributes"]["height"], e["Actor"]["Attributes"]["width"]) for e in told(event=["resize"])])
        self.assertEqual(sorted(e["timeNano"] for e in told()), [e["timeNano"] for e in told()])
        self.assertEqual(["create", "start"], [e["Action"] for e in told(type=["container"], label=["tier=web"], event=["create", "start"])])
        until_only = ask("GET", "/events", 200, until=f"{time.time():.6f}").body
        self.assertIn(b'"ev"', until_only)

    def test_who_detaches_by_keys_is_told(self):
        """By the keys alone, as Docker: one that closes its connection has only left. The CLI keeps the keys to itself."""
        self.create("tty", Tty=True, OpenStdin=True, Cmd=["cat"])
        self.ask("POST", "/containers/tty/start", 204)
        since = f"{time.time():.6f}"
        session = self.ask("POST", "/containers/tty/exec", 201, {"Cmd": ["cat"], "Tty": True, "AttachStdin": True, "AttachStdout": True}).json["Id"]
        for path, body in (("/containers/tty/attach?stdin=1&stdout=1&stream=1", b""), (f"/exec/{session}/start", b'{"Tty":true}')):
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(30 * PATIENCE)
                client.connect(self.engine.socket)
                client.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body + b"\x10\x11")
                while client.recv(4096):
                    pass                                 # the engine closes it
        told = [json.loads(line) for line in self.ask("GET", "/events", 200, since=since, until=f"{time.time():.6f}").body.splitlines()]
        told = [(event["Action"], event["Actor"]["Attributes"]) for event in told if "detach" in event["Action"]]
        self.assertEqual(["detach", "exec_detach"], [action for action, _ in told])
        self.assertEqual(["tty", "tty"], [attributes["name"] for _, attributes in told])
        self.assertEqual(session, told[1][1]["execID"])
