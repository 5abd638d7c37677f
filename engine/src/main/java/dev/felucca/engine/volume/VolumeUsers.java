package dev.felucca.engine.volume;

import java.util.List;

/** Tells who mounts a volume. */
public interface VolumeUsers {
  /** Ids of the containers, running or not, that have the volume among their mounts. */
  List<String> ofVolume(String name);
}
