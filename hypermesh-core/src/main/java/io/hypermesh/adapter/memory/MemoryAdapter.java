package io.hypermesh.adapter.memory;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds main memory: one asset for each NUMA node that has any, with the bytes that the kernel
 * manages there. A machine without NUMA is one node. Attribute: {@code hugePageBytes}.
 */
public final class MemoryAdapter implements AssetAdapter {
  private static final String NODES = "/sys/devices/system/node";
  private static final String MEMINFO = "/proc/meminfo";
  private static final Pattern TOTAL =
      Pattern.compile("^(?:Node [0-9]+ )?MemTotal: +([0-9]{1,15}) kB$", Pattern.MULTILINE);
  private static final Pattern HUGE_PAGE =
      Pattern.compile("^Hugepagesize: +([0-9]{1,15}) kB$", Pattern.MULTILINE);

  private final Host host;

  /**
   * Looks at a machine.
   *
   * @param host usually {@link Host#local}
   */
  public MemoryAdapter(Host host) {
    this.host = host;
  }

  @Override
  public AssetType type() {
    return AssetType.MEMORY;
  }

  @Override
  public Map<AdapterAction, Capability> capabilities() {
    return ObservingCapabilities.by(NODES + ", " + MEMINFO);
  }

  @Override
  public Discovery discover() throws AdapterException {
    List<AssetDescriptor> assets = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (String node : host.list(NODES)) {
      String file = NODES + "/" + node + "/meminfo";
      if (node.matches("node[0-9]{1,5}") && host.exists(file)) {
        try {
          addIfAny(assets, node, file);
        } catch (AdapterException e) {
          problems.add(e.getMessage());
        }
      }
    }
    if (assets.size() <= 1 && problems.isEmpty()) {
      // One node has all the memory, and the kernel's total is the one to believe: where pages are
      // set up after the start, a node's own count can stay at those that were there before.
      String node = assets.isEmpty() ? "node0" : assets.getFirst().name();
      assets.clear();
      addIfAny(assets, node, MEMINFO);
    }
    return new Discovery(host.now(), assets, problems);
  }

  private void addIfAny(List<AssetDescriptor> assets, String node, String file)
      throws AdapterException {
    String text = host.readText(file);
    Matcher total = TOTAL.matcher(text);
    if (!total.find()) {
      throw new AdapterException(
          Reason.MALFORMED,
          "couldn't read " + file + " because it has no MemTotal: " + Host.printable(text));
    }
    long bytes = 1_024 * Long.parseLong(total.group(1));
    if (bytes > 0) {
      assets.add(
          new HardwareDescription(AssetType.MEMORY, node)
              .with("hugePageBytes", hugePageBytes())
              .toDescriptor(host.fingerprint("memory", node), bytes));
    }
  }

  private String hugePageBytes() {
    Matcher size = HUGE_PAGE.matcher(host.readTextIfThere(MEMINFO).orElse(""));
    return size.find() ? Long.toString(1_024 * Long.parseLong(size.group(1))) : "";
  }
}
