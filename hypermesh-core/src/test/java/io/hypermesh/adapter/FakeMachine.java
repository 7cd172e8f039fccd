package io.hypermesh.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** A machine made of files: two sockets, two NUMA nodes, two disks, three interfaces. */
final class FakeMachine {
  static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");

  private static final String MOUNTS =
      """
      22 27 0:21 / /proc rw,relatime - proc proc rw
      27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
      28 27 254:0 /etc/hosts /etc/hosts rw - ext4 /dev/vda rw
      29 27 8:1 / /data\\040disk ro,noatime master:1 - xfs /dev/sdb1 ro
      30 27 0:30 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw
      """;

  private final Path root;

  FakeMachine(Path root) {
    this.root = root;
    files().forEach(this::write);
    try {
      Path uuids = Files.createDirectories(root.resolve("dev/disk/by-uuid"));
      Files.createSymbolicLink(uuids.resolve("11-22"), Path.of("../../sdb1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Host host() {
    return new Host(root, InstantSource.fixed(NOW));
  }

  static Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("/etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
    files.put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Test CPU 9\n");
    files.put("/proc/meminfo", "MemTotal:       3000 kB\nHugepagesize:       2048 kB\n");
    files.put("/sys/devices/system/cpu/online", "0-3,6\n");
    for (int cpu : new int[] {0, 1, 2, 3, 6}) {
      String topology = "/sys/devices/system/cpu/cpu" + cpu + "/topology/";
      files.put(topology + "physical_package_id", (cpu < 4 ? 0 : 1) + "\n");
      files.put(topology + "core_id", cpu / 2 + "\n");
    }
    files.put("/sys/devices/system/node/node0/cpulist", "0-3\n");
    files.put("/sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       2000 kB\n");
    files.put("/sys/devices/system/node/node1/cpulist", "6\n");
    files.put("/sys/devices/system/node/node1/meminfo", "Node 1 MemTotal:       1000 kB\n");
    files.put("/sys/devices/system/node/node2/meminfo", "Node 2 MemTotal:          0 kB\n");
    files.put("/proc/self/mountinfo", MOUNTS);
    putInterface(files, "eth0", "0x1003", "00:11:22:33:44:55", "10000");
    files.put("/sys/class/net/eth0/device/vendor", "0x1\n");
    files.put("/sys/class/net/eth0/addr_assign_type", "0\n");
    putInterface(files, "veth1", "0x1003", "02:00:00:00:00:01", "-1");
    putInterface(files, "ifb0", "0x82", "56:47:e5:0f:d6:45", "-1");
    putInterface(files, "lo", "0x9", "00:00:00:00:00:00", "-1");
    files.put("/sys/class/net/bonding_masters", "\n");
    files.put(
        "/proc/net/if_inet6",
        """
        fd000000000000000000000000000002 04 40 00 82     eth0
        00000000000000000000000000000001 01 80 10 80       lo
        """);
    return files;
  }

  private static void putInterface(
      Map<String, String> files, String name, String flags, String mac, String speed) {
    String directory = "/sys/class/net/" + name + "/";
    files.put(directory + "flags", flags + "\n");
    files.put(directory + "address", mac + "\n");
    files.put(directory + "mtu", "1500\n");
    files.put(directory + "operstate", "up\n");
    files.put(directory + "speed", speed + "\n");
  }

  void write(String path, String text) {
    write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  void write(String path, byte[] bytes) {
    try {
      Path file = root.resolve(path.substring(1));
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete(String path) {
    try {
      Files.delete(root.resolve(path.substring(1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
