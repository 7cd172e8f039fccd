package io.hypermesh.adapter.storage;

import io.hypermesh.adapter.AdapterAction;
import io.hypermesh.adapter.AdapterException;
import io.hypermesh.adapter.AdapterException.Reason;
import io.hypermesh.adapter.AssetAdapter;
import io.hypermesh.adapter.Capability;
import io.hypermesh.adapter.Discovery;
import io.hypermesh.adapter.HardwareDescription;
import io.hypermesh.adapter.Host;
import io.hypermesh.adapter.ObservingCapabilities;
import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds storage: one asset for each mounted file system on a disk, and for the root file system
 * whatever it is on. A file system with a UUID keeps its fingerprint wherever it is mounted,
 * another as long as its source has the same name. Attributes: {@code fileSystem}, {@code
 * mountPoint}, {@code source}, {@code readOnly}.
 */
public final class StorageAdapter implements AssetAdapter {
  private static final String MOUNTS = "/proc/self/mountinfo";
  private static final String UUIDS = "/dev/disk/by-uuid";
  private static final String UUID_DOMAIN = "hypermesh file-system v1";
  private static final Set<String> ON_DISK =
      Set.of(
          "ext2",
          "ext3",
          "ext4",
          "xfs",
          "btrfs",
          "f2fs",
          "zfs",
          "bcachefs",
          "jfs",
          "vfat",
          "exfat",
          "ntfs3");

  private final Host host;
  private final SpaceProbe space;

  /**
   * Looks at a machine.
   *
   * @param host usually {@link Host#local}
   */
  public StorageAdapter(Host host) {
    this(host, mountPoint -> Files.getFileStore(mountPoint).getTotalSpace());
  }

  /**
   * Looks at a machine whose file systems another way is asked for their size.
   *
   * @param host the machine
   * @param space says how large a file system is
   */
  public StorageAdapter(Host host, SpaceProbe space) {
    this.host = host;
    this.space = space;
  }

  @Override
  public AssetType type() {
    return AssetType.STORAGE;
  }

  @Override
  public Map<AdapterAction, Capability> capabilities() {
    return ObservingCapabilities.by(MOUNTS + ", statvfs");
  }

  @Override
  public Discovery discover() throws AdapterException {
    TreeMap<String, MountEntry> bySource = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    for (String line : host.readText(MOUNTS).split("\n", -1)) {
      try {
        MountEntry mount = MountEntry.parse(line);
        if (ON_DISK.contains(mount.fileSystem()) || mount.mountPoint().equals("/")) {
          // The shortest mount point of several: bind mounts of parts come after the whole.
          bySource.merge(mount.source(), mount, StorageAdapter::shorter);
        }
      } catch (AdapterException e) {
        problems.add(e.getMessage());
      }
    }
    Map<String, String> uuids = uuids();
    List<AssetDescriptor> assets = new ArrayList<>();
    for (MountEntry mount : bySource.values()) {
      try {
        assets.add(describe(mount, uuids));
      } catch (AdapterException e) {
        problems.add(e.getMessage());
      }
    }
    return new Discovery(host.now(), assets, problems);
  }

  private static MountEntry shorter(MountEntry one, MountEntry other) {
    return other.mountPoint().length() < one.mountPoint().length() ? other : one;
  }

  private AssetDescriptor describe(MountEntry mount, Map<String, String> uuids)
      throws AdapterException {
    String name = mount.source().substring(mount.source().lastIndexOf('/') + 1);
    String uuid = uuids.get(name);
    Digest fingerprint =
        uuid == null
            ? host.fingerprint("storage", mount.source())
            : Sha256.of(UUID_DOMAIN, uuid.getBytes(StandardCharsets.UTF_8));
    return new HardwareDescription(AssetType.STORAGE, name.isEmpty() ? mount.fileSystem() : name)
        .with("fileSystem", mount.fileSystem())
        .with("mountPoint", mount.mountPoint())
        .with("source", mount.source())
        .with("readOnly", Boolean.toString(mount.options().contains("ro")))
        .toDescriptor(fingerprint, totalBytes(mount));
  }

  private long totalBytes(MountEntry mount) throws AdapterException {
    try {
      return space.totalBytes(host.path(mount.mountPoint()));
    } catch (IOException e) {
      throw new AdapterException(
          Reason.IO,
          "couldn't ask for the size of "
              + Host.printable(mount.mountPoint())
              + " because "
              + e.getMessage(),
          e);
    }
  }

  /** From a device's name to the UUID of the file system on it. */
  private Map<String, String> uuids() throws AdapterException {
    Map<String, String> uuids = new HashMap<>();
    for (String uuid : host.list(UUIDS)) {
      host.linkTargetName(UUIDS + "/" + uuid).ifPresent(device -> uuids.put(device, uuid));
    }
    return uuids;
  }
}
