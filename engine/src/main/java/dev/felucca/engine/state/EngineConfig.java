package dev.felucca.engine.state;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Settings of the engine, as an administrator writes them; empty strings and 0 leave the default.
 */
@ObjectClassDefinition(name = "Felucca engine")
public @interface EngineConfig {
  @AttributeDefinition(
      name = "Data root",
      description =
          "Directory of everything that lasts. Empty: the framework property felucca.data-root, else"
              + " /var/lib/felucca.")
  String dataRoot() default "";

  @AttributeDefinition(
      name = "Run directory",
      description =
          "Directory of what a reboot may forget. Empty: the framework property felucca.run-dir, else"
              + " /run/felucca.")
  String runDir() default "";

  @AttributeDefinition(
      name = "Storage driver",
      description =
          "For new containers and pulled images. Empty: overlay where it works, else vfs.")
  String storageDriver() default "";

  @AttributeDefinition(
      name = "Downloads",
      description = "How many blobs are downloaded at once; counts from the next start on.")
  int maxConcurrentDownloads() default 3;

  @AttributeDefinition(
      name = "Uploads",
      description = "How many layers are uploaded at once; counts from the next start on.")
  int maxConcurrentUploads() default 5;

  @AttributeDefinition(
      name = "Age of unused images",
      description = "Hours after which an image that no container uses is removed; 0 keeps all.")
  int imageMaxAge() default 0;

  @AttributeDefinition(
      name = "Size of images",
      description =
          "Bytes that images may take; beyond, those that no container uses go, the one longest"
              + " unused first. 0 sets no bound.")
  long imageMaxBytes() default 0;

  @AttributeDefinition(
      name = "Size of a layer",
      description =
          "Bytes that one layer may have, packed or not; more is refused. 0 sets no bound; counts"
              + " from the next start on.")
  long layerMaxBytes() default 68_719_476_736L;

  @AttributeDefinition(name = "Isolation driver", description = "For new containers.")
  String isolationDriver() default "linux";

  @AttributeDefinition(name = "Log driver", description = "For new containers.")
  String logDriver() default "json-file";

  @AttributeDefinition(
      name = "Log options",
      description =
          "name=value pairs for the log driver, where a container brings none of its own; beyond"
              + " them the driver has defaults that inspect does not show.")
  String[] logOptions() default {};

  @AttributeDefinition(
      name = "Address pools",
      description =
          "Ranges from which networks get their subnets, as CIDR=PREFIX; those that overlap routes of"
              + " the host are passed over.")
  String[] addressPools() default {"172.17.0.0/12=16", "192.168.0.0/16=20"};

  @AttributeDefinition(
      name = "Bridge subnet",
      description =
          "Gateway and subnet of the network \"bridge\", as 10.9.0.1/24. Empty: from a pool.")
  String bridgeAddress() default "";

  @AttributeDefinition(
      name = "Bridge interface",
      description =
          "Name of the host's interface for the network \"bridge\". Empty: felucca0 for the data root"
              + " /var/lib/felucca, else a name made from the data root, so that engines do not meet.")
  String bridgeName() default "";

  @AttributeDefinition(
      name = "Range of published ports",
      description =
          "Where ports come from that are published without a number (-P, -p 80); those that another program"
              + " has are passed over.")
  String publishRange() default "49153-65535";

  @AttributeDefinition(
      name = "Name servers",
      description = "For containers that name none. Empty: the host's.")
  String[] dns() default {};

  @AttributeDefinition(
      name = "Containers reach each other",
      description =
          "On the network \"bridge\"; false lets containers there reach only what they are linked to.")
  boolean icc() default true;

  @AttributeDefinition(
      name = "Names on the default network",
      description =
          "Containers on the network \"bridge\" find each other by name, as they do on every other;"
              + " false leaves them with the host's name servers, as Docker does.")
  boolean namesOnDefaultNetwork() default true;

  @AttributeDefinition(
      name = "Init",
      description =
          "Run an init in containers that don't say otherwise, so that zombies are reaped.")
  boolean init() default false;

  @AttributeDefinition(
      name = "Users of containers",
      description =
          "Who the users of containers are on the host (Docker's userns-remap): \"default\" (dockremap) or"
              + " user[:group], whose ranges are in /etc/subuid and /etc/subgid, or"
              + " uids=0-100000-65536;gids=0-100000-65536. Empty: the host's own users. For new containers.")
  String usernsRemap() default "";

  @AttributeDefinition(name = "Shared memory", description = "Size of /dev/shm in bytes.")
  long shmSize() default 67108864L;

  @AttributeDefinition(
      name = "Stop timeout",
      description = "Seconds between the stop signal and SIGKILL.")
  int stopTimeout() default 10;
}
