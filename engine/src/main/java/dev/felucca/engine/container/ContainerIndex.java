package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.image.ImageUsers;
import dev.felucca.engine.volume.VolumeUsers;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;

/**
 * The containers there are, by id and name. A name is taken before its container exists, and free
 * only after it is gone.
 */
@Component(service = {ContainerIndex.class, ImageUsers.class, VolumeUsers.class})
public final class ContainerIndex implements ImageUsers, VolumeUsers {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");

  private final Map<ContainerId, Container> byId = new ConcurrentHashMap<>();
  private final Map<String, ContainerId> byName = new ConcurrentHashMap<>();

  Collection<Container> all() {
    return byId.values();
  }

  @Nullable Container get(ContainerId id) {
    return byId.get(id);
  }

  /** As {@link #resolve}; null for what is no container, or not one only. */
  @Nullable Container find(String ref) {
    try {
      return resolve(ref);
    } catch (EngineException e) {
      return null;
    }
  }

  /** By full id, name, or a prefix of one id only. */
  Container resolve(String ref) {
    String name = ref.startsWith("/") ? ref.substring(1) : ref;
    if (name.isEmpty()) {
      throw new EngineException(INVALID, "No container name or ID supplied");
    }
    int slash = name.indexOf('/');
    if (slash > 0) {
      return linked(ref, name.substring(0, slash), name.substring(slash + 1));
    }
    ContainerId named = byName.get(name);
    Container found = named == null ? null : byId.get(named);
    if (name.length() == 64) {
      for (Container container : byId.values()) {
        if (container.id.hex().equals(name)) {
          return container;
        }
      }
    }
    if (found != null) {
      return found;
    }
    List<Container> starting =
        byId.values().stream().filter(container -> container.id.hex().startsWith(name)).toList();
    if (starting.size() > 1) {
      throw new EngineException(CONFLICT, "multiple IDs found with provided prefix: " + name);
    }
    if (starting.isEmpty()) {
      throw new EngineException(NOT_FOUND, "No such container: " + ref);
    }
    return starting.get(0);
  }

  /**
   * The container that a request to make another one names: INVALID where there is none, since a
   * client takes NOT_FOUND for the image, and pulls it.
   */
  Container named(String ref) {
    try {
      return resolve(ref);
    } catch (EngineException e) {
      throw e.kind() == NOT_FOUND ? new EngineException(INVALID, e.getMessage(), e) : e;
    }
  }

  /** {@code web/db}: what web calls db. */
  private Container linked(String ref, String name, String alias) {
    ContainerId id = byName.get(name);
    Container container = id == null ? null : byId.get(id);
    ContainerId target = container == null ? null : container.record().links().get(alias);
    Container found = target == null ? null : byId.get(target);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "No such container: " + ref);
    }
    return found;
  }

  /** What containers are called by those that are linked to them: {@code web/db}. */
  Map<ContainerId, List<String>> linkNames() {
    Map<ContainerId, List<String>> names = new HashMap<>();
    for (Container container : byId.values()) {
      container
          .record()
          .links()
          .forEach(
              (alias, target) ->
                  names
                      .computeIfAbsent(target, id -> new ArrayList<>())
                      .add(container.name() + "/" + alias));
    }
    names.values().forEach(Collections::sort);
    return names;
  }

  /**
   * Takes a name for {@code id}.
   *
   * @param wanted as the client wrote it, or null for any
   * @return the name without its slash
   */
  String reserve(@Nullable String wanted, ContainerId id) {
    if (wanted == null || wanted.isEmpty()) {
      for (int attempt = 0; ; attempt++) {
        String name = RandomNames.next(attempt);
        if (byName.putIfAbsent(name, id) == null) {
          return name;
        }
      }
    }
    String name = wanted.startsWith("/") ? wanted.substring(1) : wanted;
    if (!NAME.matcher(name).matches()) {
      throw new EngineException(
          INVALID,
          "Invalid container name (" + wanted + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
    ContainerId holder = byName.putIfAbsent(name, id);
    if (holder != null && !holder.equals(id)) {
      throw new EngineException(
          CONFLICT,
          "Conflict. The container name \"/"
              + name
              + "\" is already in use by container \""
              + holder.hex()
              + "\". You have to remove (or rename) that container to be able to"
              + " reuse that name.");
    }
    return name;
  }

  void release(String name, ContainerId id) {
    byName.remove(name, id);
  }

  /** Ids of the containers there are and of those being created. */
  Set<ContainerId> ids() {
    Set<ContainerId> ids = new HashSet<>(byId.keySet());
    ids.addAll(byName.values());
    return ids;
  }

  void add(Container container) {
    byId.put(container.id, container);
  }

  void remove(Container container) {
    byId.remove(container.id, container);
    byName.values().removeIf(container.id::equals);
  }

  /** Forgets all others: what an engine that went within this process had. */
  void keepOnly(Set<ContainerId> ids) {
    byId.keySet().retainAll(ids);
    byName.values().retainAll(ids);
  }

  @Override
  public List<String> ofVolume(String name) {
    return byId.values().stream()
        .map(Container::record)
        .filter(
            record ->
                record.mounts().stream()
                    .anyMatch(mount -> mount.type().equals("volume") && mount.name().equals(name)))
        .map(record -> record.id().hex())
        .sorted()
        .toList();
  }

  private static boolean mounts(ContainerDetails details, String imageId) {
    return details.mounts().stream()
        .anyMatch(mount -> mount.type().equals(ImageMounts.TYPE) && mount.source().equals(imageId));
  }

  @Override
  public List<User> of(Digest id) {
    String imageId = id.toString();
    return byId.values().stream()
        .map(Container::details)
        .filter(details -> details.imageId().equals(imageId) || mounts(details, imageId))
        .map(details -> new User(details.id().hex(), details.state().status().alive()))
        .toList();
  }
}
