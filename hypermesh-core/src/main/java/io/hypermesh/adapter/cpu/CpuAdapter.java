package io.hypermesh.adapter.cpu;

import io.hypermesh.adapter.AdapterAction;
import io.hypermesh.adapter.AdapterException;
import io.hypermesh.adapter.AdapterException.Reason;
import io.hypermesh.adapter.AssetAdapter;
import io.hypermesh.adapter.Capability;
import io.hypermesh.adapter.Discovery;
import io.hypermesh.adapter.HardwareDescription;
import io.hypermesh.adapter.Host;
import io.hypermesh.adapter.IndexList;
import io.hypermesh.adapter.ObservingCapabilities;
import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds processors: one asset for each package, that is, each socket, with a thousand milli-CPUs
 * for each of its logical CPUs that is online. Attributes: {@code model}, {@code cpus}, {@code
 * cores}, {@code numaNodes}.
 */
public final class CpuAdapter implements AssetAdapter {
  private static final String CPUS = "/sys/devices/system/cpu";
  private static final String NODES = "/sys/devices/system/node";
  private static final String CPUINFO = "/proc/cpuinfo";
  private static final int MILLI = 1_000;

  private final Host host;

  /**
   * Looks at a machine.
   *
   * @param host usually {@link Host#local}
   */
  public CpuAdapter(Host host) {
    this.host = host;
  }

  @Override
  public AssetType type() {
    return AssetType.CPU;
  }

  @Override
  public Map<AdapterAction, Capability> capabilities() {
    return ObservingCapabilities.by(CPUS + ", " + CPUINFO);
  }

  @Override
  public Discovery discover() throws AdapterException {
    String file = CPUS + "/online";
    NavigableSet<Integer> online = IndexList.parse(host.readText(file), file);
    if (online.isEmpty()) {
      throw new AdapterException(
          Reason.MALFORMED, "couldn't find a CPU because none is in " + file);
    }
    TreeMap<Long, TreeSet<Integer>> packages = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    for (int cpu : online) {
      try {
        packages.computeIfAbsent(packageOf(cpu), _ -> new TreeSet<>()).add(cpu);
      } catch (AdapterException e) {
        problems.add(e.getMessage());
      }
    }
    String model = model();
    List<AssetDescriptor> assets = new ArrayList<>();
    for (Map.Entry<Long, TreeSet<Integer>> entry : packages.entrySet()) {
      assets.add(describe("package" + entry.getKey(), entry.getValue(), model));
    }
    return new Discovery(host.now(), assets, problems);
  }

  private AssetDescriptor describe(String name, NavigableSet<Integer> cpus, String model)
      throws AdapterException {
    Set<String> cores = new HashSet<>();
    for (int cpu : cpus) {
      cores.add(host.readTextIfThere(topology(cpu, "core_id")).orElse("cpu" + cpu));
    }
    return new HardwareDescription(AssetType.CPU, name)
        .with("model", model)
        .with("cpus", IndexList.format(cpus))
        .with("cores", Integer.toString(cores.size()))
        .with("numaNodes", IndexList.format(nodesOf(cpus)))
        .toDescriptor(host.fingerprint("cpu", name), (long) MILLI * cpus.size());
  }

  /** Machines that do not say have one package; some virtual ones say -1. */
  private long packageOf(int cpu) throws AdapterException {
    String file = topology(cpu, "physical_package_id");
    return host.exists(file) ? Math.max(0, host.readNumber(file)) : 0;
  }

  private static String topology(int cpu, String file) {
    return CPUS + "/cpu" + cpu + "/topology/" + file;
  }

  private NavigableSet<Integer> nodesOf(NavigableSet<Integer> cpus) throws AdapterException {
    NavigableSet<Integer> nodes = new TreeSet<>();
    for (String name : host.list(NODES)) {
      if (name.matches("node[0-9]{1,5}")) {
        String file = NODES + "/" + name + "/cpulist";
        NavigableSet<Integer> local = IndexList.parse(host.readTextIfThere(file).orElse(""), file);
        if (local.stream().anyMatch(cpus::contains)) {
          nodes.add(Integer.parseInt(name.substring(4)));
        }
      }
    }
    return nodes;
  }

  /**
   * x86 says "model name", s390 and some ARM "Processor", MIPS "cpu model"; many ARM say nothing.
   */
  private String model() {
    for (String line : host.readTextIfThere(CPUINFO).orElse("").split("\n", 64)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        String key = line.substring(0, colon).strip();
        if (key.equals("model name") || key.equals("Processor") || key.equals("cpu model")) {
          return line.substring(colon + 1).strip();
        }
      }
    }
    return "";
  }
}
