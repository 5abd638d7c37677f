package dev.felucca.rest.container;

import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;

/** The API's {@code ContainerConfig}. */
public final class ConfigJson {
  private ConfigJson() {}

  public static ContainerConfig read(JsonIn in) {
    ContainerConfig.Builder config = ContainerConfig.builder();
    config.hostname = in.text("Hostname");
    config.domainname = in.text("Domainname");
    config.user = in.text("User");
    config.attachStdin = in.flag("AttachStdin");
    config.attachStdout = in.flag("AttachStdout");
    config.attachStderr = in.flag("AttachStderr");
    config.exposedPorts = in.keys("ExposedPorts");
    config.tty = in.flag("Tty");
    config.openStdin = in.flag("OpenStdin");
    config.stdinOnce = in.flag("StdinOnce");
    config.env = in.texts("Env");
    config.cmd = in.textsOrNull("Cmd");
    config.healthcheck = HealthcheckJson.read(in);
    config.image = in.text("Image");
    config.volumes = in.keys("Volumes");
    config.workingDir = in.text("WorkingDir");
    config.entrypoint = in.textsOrNull("Entrypoint");
    config.networkDisabled = in.flag("NetworkDisabled");
    config.macAddress = in.text("MacAddress");
    config.onBuild = in.texts("OnBuild");
    config.labels = in.map("Labels");
    config.stopSignal = in.textOrNull("StopSignal");
    config.stopTimeout = in.intOrNull("StopTimeout");
    config.shell = in.textsOrNull("Shell");
    return config.build();
  }

  static void write(JsonOut out, ContainerConfig config) {
    out.text("Hostname", config.hostname())
        .text("Domainname", config.domainname())
        .text("User", config.user())
        .flag("AttachStdin", config.attachStdin())
        .flag("AttachStdout", config.attachStdout())
        .flag("AttachStderr", config.attachStderr());
    if (!config.exposedPorts().isEmpty()) {
      out.set("ExposedPorts", config.exposedPorts());
    }
    out.flag("Tty", config.tty())
        .flag("OpenStdin", config.openStdin())
        .flag("StdinOnce", config.stdinOnce())
        .textsOrNull("Env", config.env())
        .textsOrNull("Cmd", config.cmd());
    HealthcheckJson.write(out, config.healthcheck());
    out.text("Image", config.image());
    if (config.volumes().isEmpty()) {
      out.nothing("Volumes");
    } else {
      out.set("Volumes", config.volumes());
    }
    out.text("WorkingDir", config.workingDir())
        .textsOrNull("Entrypoint", config.entrypoint())
        .flagIfSet("NetworkDisabled", config.networkDisabled())
        .textUnlessEmpty("MacAddress", config.macAddress())
        .textsOrNull("OnBuild", config.onBuild())
        .map("Labels", config.labels())
        .textUnlessEmpty("StopSignal", config.stopSignal());
    if (config.stopTimeout() != null) {
      out.number("StopTimeout", config.stopTimeout());
    }
    out.textsUnlessEmpty("Shell", config.shell());
  }
}
