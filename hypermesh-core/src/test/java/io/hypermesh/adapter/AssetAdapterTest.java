package io.hypermesh.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hypermesh.adapter.AdapterException.Reason;
import io.hypermesh.adapter.cpu.CpuAdapter;
import io.hypermesh.adapter.memory.MemoryAdapter;
import io.hypermesh.adapter.network.NetworkAdapter;
import io.hypermesh.adapter.storage.StorageAdapter;
import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetId;
import io.hypermesh.asset.AssetType;
import io.hypermesh.asset.Capacity;
import io.hypermesh.asset.OwnerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssetAdapterTest {
  @TempDir private Path root;
  private FakeMachine machine;

  @BeforeEach
  void makeMachine() {
    machine = new FakeMachine(root);
  }

  private StorageAdapter storage() {
    return new StorageAdapter(machine.host(), mountPoint -> 1_000 + mountPoint.toString().length());
  }

  private List<AssetAdapter> adapters() {
    return List.of(
        new CpuAdapter(machine.host()),
        new MemoryAdapter(machine.host()),
        storage(),
        new NetworkAdapter(machine.host()));
  }

  private static void assertFails(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            AdapterException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageStartingWith("couldn't ")
        .hasMessageContainingAll(words);
  }

  @Test
  void shouldFindTheSocketsAndTheirCpus() throws AdapterException {
    Discovery found = new CpuAdapter(machine.host()).discover();
    assertThat(found.at()).isEqualTo(FakeMachine.NOW);
    assertThat(found.problems()).isEmpty();
    assertThat(found.assets())
        .extracting(AssetDescriptor::name)
        .containsExactly("package0", "package1");
    assertThat(found.assets().getFirst().capacity())
        .isEqualTo(new Capacity(4_000, AssetType.CPU.unit()));
    assertThat(found.assets().getFirst().attributes())
        .containsEntry("model", "Test CPU 9")
        .containsEntry("cpus", "0-3")
        .containsEntry("cores", "2")
        .containsEntry("numaNodes", "0");
    assertThat(found.assets().getLast().attributes())
        .containsEntry("cpus", "6")
        .containsEntry("numaNodes", "1");
  }

  @Test
  void shouldFindMemoryByNode() throws AdapterException {
    Discovery found = new MemoryAdapter(machine.host()).discover();
    assertThat(found.assets())
        .extracting(asset -> asset.capacity().amount())
        .containsExactly(2_048_000L, 1_024_000L);
    assertThat(found.assets().getFirst().attributes()).containsEntry("hugePageBytes", "2097152");
  }

  @Test
  void shouldFindMemoryWithoutNuma() throws AdapterException {
    for (int node = 0; node < 3; node++) {
      machine.delete("/sys/devices/system/node/node" + node + "/meminfo");
    }
    assertThat(new MemoryAdapter(machine.host()).discover().assets())
        .singleElement()
        .satisfies(memory -> {
          assertThat(memory.name()).isEqualTo("node0");
          assertThat(memory.capacity().amount()).isEqualTo(3_072_000);
        });
  }

  @Test
  void shouldBelieveTheTotalWhereOneNodeHasAllMemory() throws AdapterException {
    machine.delete("/sys/devices/system/node/node1/meminfo");
    assertThat(new MemoryAdapter(machine.host()).discover().assets())
        .singleElement()
        .satisfies(memory -> assertThat(memory.capacity().amount()).isEqualTo(3_072_000));
  }

  @Test
  void shouldFindFileSystemsOnDisksOnce() throws AdapterException {
    Discovery found = storage().discover();
    assertThat(found.problems()).isEmpty();
    assertThat(found.assets()).extracting(AssetDescriptor::name).containsExactly("sdb1", "vda");
    assertThat(found.assets().getFirst().attributes())
        .containsEntry("mountPoint", "/data disk")
        .containsEntry("readOnly", "true")
        .containsEntry("fileSystem", "xfs");
    assertThat(found.assets().getLast().attributes()).containsEntry("mountPoint", "/");
    assertThat(found.assets().getLast().capacity().amount())
        .isEqualTo(1_000 + root.toString().length());
  }

  @Test
  void shouldKnowAFileSystemByItsUuidWhereverItIsMounted() throws AdapterException {
    AssetDescriptor before = storage().discover().assets().getFirst();
    machine.write("/etc/machine-id", "another machine");
    machine.write("/proc/self/mountinfo", "29 27 8:1 / /elsewhere rw - xfs /dev/sdb1 rw\n");
    AssetDescriptor after = storage().discover().assets().getFirst();
    assertThat(after.fingerprint()).isEqualTo(before.fingerprint());
  }

  @Test
  void shouldFindInterfacesThatReachSomebody() throws AdapterException {
    Discovery found = new NetworkAdapter(machine.host()).discover();
    assertThat(found.problems()).isEmpty();
    assertThat(found.assets()).extracting(AssetDescriptor::name).containsExactly("eth0", "veth1");
    assertThat(found.assets().getFirst().capacity().amount()).isEqualTo(10_000_000_000L);
    assertThat(found.assets().getFirst().attributes())
        .containsEntry("speed", "10000 Mbit/s")
        .containsEntry("mac", "00:11:22:33:44:55")
        .containsEntry("ipv6Addresses", "fd00:0000:0000:0000:0000:0000:0000:0002");
    assertThat(found.assets().getLast().capacity().amount()).isZero();
    assertThat(found.assets().getLast().attributes()).containsEntry("speed", "unknown");
  }

  @Test
  void shouldKnowACardByItsAddressUnderAnyName() throws AdapterException, IOException {
    AssetDescriptor before = new NetworkAdapter(machine.host()).discover().assets().getFirst();
    Files.move(root.resolve("sys/class/net/eth0"), root.resolve("sys/class/net/enp3s0"));
    AssetDescriptor after = new NetworkAdapter(machine.host()).discover().assets().getFirst();
    assertThat(after.name()).isEqualTo("enp3s0");
    assertThat(after.fingerprint()).isEqualTo(before.fingerprint());
  }

  @Test
  void shouldGiveTheSameIdsAtEveryDiscoveryAndOtherIdsElsewhere() throws AdapterException {
    List<AssetId> first = ids();
    assertThat(ids()).isEqualTo(first).doesNotHaveDuplicates().hasSize(8);
    machine.write("/etc/machine-id", "ffffffffffffffffffffffffffffffff\n");
    // The file system with a UUID is itself on any machine.
    assertThat(ids().stream().filter(first::contains)).hasSize(1);
  }

  private List<AssetId> ids() throws AdapterException {
    OwnerId owner = OwnerId.ofPublicKey(new byte[] {1});
    List<AssetId> ids = new ArrayList<>();
    for (AssetAdapter adapter : adapters()) {
      for (AssetDescriptor found : adapter.discover().assets()) {
        assertThat(found.type()).isEqualTo(adapter.type());
        ids.add(found.idFor(owner));
      }
    }
    return ids;
  }

  @Test
  void shouldSayWhenHardwareIsLessOrGone() throws AdapterException {
    CpuAdapter cpu = new CpuAdapter(machine.host());
    AssetDescriptor known = cpu.discover().assets().getFirst();
    assertThat(cpu.health(known)).isInstanceOf(Health.Healthy.class);
    machine.write("/sys/devices/system/cpu/online", "0-1,6");
    assertThat(cpu.health(known))
        .isEqualTo(new Health.Degraded("package0 has 2000 mCPU of 4000 mCPU"));
    machine.write("/sys/devices/system/cpu/online", "6");
    assertThat(cpu.health(known)).isEqualTo(new Health.Failed("package0 is not there any more"));
  }

  @Test
  void shouldRefuseWhatItCannotDoInTheWordsOfItsCapabilities() throws AdapterException {
    for (AssetAdapter adapter : adapters()) {
      assertThat(adapter.capabilities()).containsOnlyKeys(AdapterAction.values());
      assertThat(adapter.capabilities().get(AdapterAction.DISCOVER))
          .isInstanceOf(Capability.Supported.class);
      AssetDescriptor hardware = adapter.discover().assets().getFirst();
      OwnerId owner = OwnerId.ofPublicKey(new byte[] {1});
      AllocationRequest request =
          new AllocationRequest(hardware.idFor(owner), hardware, owner, hardware.capacity());
      Allocation allocation = new Allocation("x", request);
      String why = "does not enforce leases";
      assertFails(() -> adapter.allocate(request), Reason.UNSUPPORTED, "couldn't allocate", why);
      assertFails(() -> adapter.bind(allocation, 1), Reason.UNSUPPORTED, "couldn't bind", why);
      assertFails(() -> adapter.meter(allocation), Reason.UNSUPPORTED, "couldn't meter", why);
      assertFails(() -> adapter.release(allocation), Reason.UNSUPPORTED, "couldn't release", why);
      assertFails(
          () -> adapter.reconcile(List.of()), Reason.UNSUPPORTED, "couldn't reconcile", why);
      Capacity tooMuch = new Capacity(hardware.capacity().amount() + 1, hardware.capacity().unit());
      assertThatThrownBy(
              () -> new AllocationRequest(hardware.idFor(owner), hardware, owner, tooMuch))
          .hasMessageContaining("couldn't allocate");
    }
  }

  @Test
  void shouldNameTheFileThatIsMissingOrWrong() {
    machine.delete("/sys/devices/system/cpu/online");
    assertFails(
        () -> new CpuAdapter(machine.host()).discover(),
        Reason.NOT_FOUND,
        "/sys/devices/system/cpu/online");
    for (String wrong : List.of("", "x", "3-1", "1-", "-1", "0-99999", "0,,1", "0 1")) {
      machine.write("/sys/devices/system/cpu/online", wrong);
      assertFails(() -> new CpuAdapter(machine.host()).discover(), Reason.MALFORMED, "/online");
    }
    machine.delete("/proc/self/mountinfo");
    assertFails(() -> storage().discover(), Reason.NOT_FOUND, "/proc/self/mountinfo");
    machine.delete("/etc/machine-id");
    assertFails(() -> machine.host().machineId(), Reason.NOT_FOUND, "/etc/machine-id");
  }

  @Test
  void shouldReportWhatItCannotMakeOutBesideWhatItCan() throws AdapterException {
    machine.write("/sys/devices/system/cpu/cpu6/topology/physical_package_id", "six");
    machine.write("/sys/devices/system/node/node1/meminfo", "nothing");
    machine.write("/sys/class/net/veth1/mtu", "big");
    machine.write("/proc/self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\nbroken\n\\");
    for (AssetAdapter adapter : adapters()) {
      Discovery found = adapter.discover();
      assertThat(found.assets()).isNotEmpty();
      assertThat(found.problems()).isNotEmpty().allMatch(problem -> !problem.contains("\n"));
    }
  }

  @Test
  void shouldReportFileSystemsThatCannotBeAskedForTheirSize() throws AdapterException {
    StorageAdapter failing =
        new StorageAdapter(
            machine.host(),
            _ -> {
              throw new IOException("stale handle");
            });
    assertThat(failing.discover().assets()).isEmpty();
    assertThat(failing.discover().problems()).hasSize(2).allMatch(p -> p.contains("stale handle"));
  }

  @Test
  void shouldStopAtFilesThatAreTooLong() {
    machine.write("/proc/self/mountinfo", new byte[Host.FILE_BYTES_MAX + 1]);
    assertFails(() -> storage().discover(), Reason.MALFORMED, "longer than 4194304 bytes");
  }

  @Test
  void shouldReadAndWriteTheKernelsLists() throws AdapterException {
    for (String text : List.of("", "0", "0-3", "0-3,8", "1,3,5-6,65535")) {
      assertThat(IndexList.format(IndexList.parse(text, "f"))).isEqualTo(text);
    }
    assertThat(IndexList.format(new TreeSet<>(List.of(1, 2)))).isEqualTo("1-2");
  }

  @Test
  void shouldFindThisVeryMachine() throws AdapterException {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/sys/devices/system/cpu/online")), "needs a Linux kernel's /sys");
    Assumptions.assumeTrue(
        Host.local().readTextIfThere("/etc/machine-id").isPresent(), "needs a machine id");
    for (AssetAdapter adapter : AssetAdapters.all(Host.local())) {
      Discovery found = adapter.discover();
      assertThat(adapter.discover().assets()).isEqualTo(found.assets());
      if (adapter.type() == AssetType.CPU || adapter.type() == AssetType.MEMORY) {
        assertThat(found.assets()).isNotEmpty();
        assertThat(found.assets().getFirst().capacity().amount()).isPositive();
      }
    }
  }
}
