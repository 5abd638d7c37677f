package dev.felucca.rest;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;
import static org.osgi.service.component.annotations.ReferenceCardinality.OPTIONAL;
import static org.osgi.service.component.annotations.ReferencePolicy.DYNAMIC;
import static org.osgi.service.component.annotations.ReferencePolicyOption.GREEDY;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerFiles;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerMounts;
import dev.felucca.kernel.container.ContainerNetworks;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.container.ExecManager;
import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.image.ContainerImages;
import dev.felucca.kernel.image.ImageArchives;
import dev.felucca.kernel.image.ImageRegistries;
import dev.felucca.kernel.image.ImageUpkeep;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.network.Networks;
import dev.felucca.kernel.volume.Volumes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The engine's services as they come and go. Asking for one that isn't there is UNAVAILABLE and
 * names it; nobody keeps what is answered longer than a call.
 */
@Component(service = KernelServices.class)
public final class KernelServices {
  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerManager containerManager;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerQueries containerQueries;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerStreams containerStreams;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ExecManager execManager;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable Images imageService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ImageArchives archiveService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ImageRegistries registryService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ImageUpkeep upkeepService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerImages containerImageService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable Networks networkService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerNetworks containerNetworkService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerFiles fileService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable ContainerMounts mountService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable Volumes volumeService;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable SystemInfo systemInfo;

  @Reference(cardinality = OPTIONAL, policy = DYNAMIC, policyOption = GREEDY)
  volatile @Nullable EventBus eventBus;

  public ContainerManager containers() {
    return need(containerManager, "ContainerManager");
  }

  public ContainerQueries queries() {
    return need(containerQueries, "ContainerQueries");
  }

  public ContainerStreams streams() {
    return need(containerStreams, "ContainerStreams");
  }

  public ExecManager execs() {
    return need(execManager, "ExecManager");
  }

  public Images images() {
    return need(imageService, "Images");
  }

  public Optional<Images> imagesIfPresent() {
    return Optional.ofNullable(imageService);
  }

  public ImageArchives imageArchives() {
    return need(archiveService, "ImageArchives");
  }

  public ImageRegistries imageRegistries() {
    return need(registryService, "ImageRegistries");
  }

  public ImageUpkeep imageUpkeep() {
    return need(upkeepService, "ImageUpkeep");
  }

  public ContainerImages containerImages() {
    return need(containerImageService, "ContainerImages");
  }

  public Networks networks() {
    return need(networkService, "Networks");
  }

  public ContainerNetworks containerNetworks() {
    return need(containerNetworkService, "ContainerNetworks");
  }

  public ContainerFiles files() {
    return need(fileService, "ContainerFiles");
  }

  public ContainerMounts mounts() {
    return need(mountService, "ContainerMounts");
  }

  public Volumes volumes() {
    return need(volumeService, "Volumes");
  }

  public SystemInfo system() {
    return need(systemInfo, "SystemInfo");
  }

  public EventBus events() {
    return need(eventBus, "EventBus");
  }

  private static <T> T need(@Nullable T service, String name) {
    if (service == null) {
      throw new EngineException(
          UNAVAILABLE, "the engine's service " + name + " is not there: is its bundle started?");
    }
    return service;
  }
}
