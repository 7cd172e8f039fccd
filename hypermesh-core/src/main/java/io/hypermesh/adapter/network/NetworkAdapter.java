package io.hypermesh.adapter.network;

import io.hypermesh.adapter.AdapterAction;
import io.hypermesh.adapter.AdapterException;
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
import java.util.Optional;

/**
 * Finds network interfaces: those with a device behind them, and virtual ones that are up, but not
 * loopback, which reaches nobody. The capacity is the link's speed, or 0 where the device does not
 * say, as most virtual ones do not; {@code speed} is {@code unknown} then. Other attributes: {@code
 * mac}, {@code mtuBytes}, {@code state}, {@code ipv6Addresses}.
 *
 * <p>An interface with a permanent MAC address keeps its fingerprint under any name, another as
 * long as it has the same name.
 */
public final class NetworkAdapter implements AssetAdapter {
  private static final String INTERFACES = "/sys/class/net";
  private static final String IPV6 = "/proc/net/if_inet6";
  private static final int FLAG_UP = 0x1;
  private static final int FLAG_LOOPBACK = 0x8;
  private static final String MAC_PERMANENT = "0";
  private static final long BITS_PER_MEGABIT = 1_000_000;
  private static final long MEGABITS_MAX = 1_000_000_000;

  private final Host host;

  /**
   * Looks at a machine.
   *
   * @param host usually {@link Host#local}
   */
  public NetworkAdapter(Host host) {
    this.host = host;
  }

  @Override
  public AssetType type() {
    return AssetType.NETWORK;
  }

  @Override
  public Map<AdapterAction, Capability> capabilities() {
    return ObservingCapabilities.by(INTERFACES + ", " + IPV6);
  }

  @Override
  public Discovery discover() throws AdapterException {
    List<AssetDescriptor> assets = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (String name : host.list(INTERFACES)) {
      try {
        if (host.exists(file(name, "flags")) && isAsset(name)) {
          assets.add(describe(name));
        }
      } catch (AdapterException e) {
        problems.add(e.getMessage());
      }
    }
    return new Discovery(host.now(), assets, problems);
  }

  private boolean isAsset(String name) throws AdapterException {
    String text = host.readText(file(name, "flags"));
    if (!text.matches("0x[0-9a-f]{1,8}")) {
      throw new AdapterException(
          AdapterException.Reason.MALFORMED,
          "couldn't read " + file(name, "flags") + " because it holds " + Host.printable(text));
    }
    long flags = Long.parseLong(text.substring(2), 16);
    boolean loopback = (flags & FLAG_LOOPBACK) != 0;
    boolean up = (flags & FLAG_UP) != 0;
    return !loopback && (up || host.exists(file(name, "device")));
  }

  private AssetDescriptor describe(String name) throws AdapterException {
    String mac = host.readTextIfThere(file(name, "address")).orElse("");
    boolean permanent =
        host.readTextIfThere(file(name, "addr_assign_type")).orElse("").equals(MAC_PERMANENT)
            && host.exists(file(name, "device"));
    long megabits = megabits(name);
    return new HardwareDescription(AssetType.NETWORK, name)
        .with("mac", mac)
        .with("mtuBytes", Long.toString(host.readNumber(file(name, "mtu"))))
        .with("state", host.readTextIfThere(file(name, "operstate")).orElse("unknown"))
        .with("speed", megabits == 0 ? "unknown" : megabits + " Mbit/s")
        .with("ipv6Addresses", String.join(",", ipv6Addresses(name)))
        .toDescriptor(
            host.fingerprint("network", permanent && !mac.isEmpty() ? mac : name),
            BITS_PER_MEGABIT * megabits);
  }

  /** The file cannot be read, or holds -1, where the device does not know. */
  private long megabits(String name) throws AdapterException {
    Optional<String> text = host.readTextIfThere(file(name, "speed"));
    if (text.isEmpty()) {
      return 0;
    }
    long megabits = host.readNumber(file(name, "speed"));
    return megabits < 0 || megabits > MEGABITS_MAX ? 0 : megabits;
  }

  /** Lines are: address in 32 digits, index, prefix length, scope, flags, name. */
  private List<String> ipv6Addresses(String name) {
    List<String> addresses = new ArrayList<>();
    for (String line : host.readTextIfThere(IPV6).orElse("").split("\n", -1)) {
      String[] fields = line.strip().split(" +", -1);
      if (fields.length == 6 && fields[5].equals(name) && fields[0].matches("[0-9a-f]{32}")) {
        addresses.add(fields[0].replaceAll("(.{4})(?!$)", "$1:"));
      }
    }
    return addresses;
  }

  private static String file(String name, String file) {
    return INTERFACES + "/" + name + "/" + file;
  }
}
