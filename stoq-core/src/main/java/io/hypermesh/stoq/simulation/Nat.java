package io.hypermesh.stoq.simulation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * A network address translator in front of one node: others see the node at the address outside.
 * When that changes, what is sent to the one before is lost, as after a NAT has forgotten a
 * binding. A pure function of the time.
 */
@FunctionalInterface
public interface Nat {
  /** What is changed by a rebinding. */
  enum Rebinding {
    /** The port alone. */
    PORT,
    /** The IP address and the port. */
    ADDRESS
  }

  /** The address outside, now. */
  InetSocketAddress externalAt(long nowNanos);

  /** One address for ever. */
  static Nat fixed(InetSocketAddress external) {
    return nowNanos -> external;
  }

  /**
   * A NAT that rebinds again and again.
   *
   * @param first the address outside until the first rebinding
   * @param what is changed; the n-th address differs from the first by n
   * @param firstNanos virtual time of the first rebinding
   * @param periodNanos time from one to the next, at least 1
   */
  static Nat rebindingEvery(
      InetSocketAddress first, Rebinding what, long firstNanos, long periodNanos) {
    if (periodNanos < 1) {
      throw new IllegalArgumentException("couldn't rebind every " + periodNanos + " ns");
    }
    return nowNanos ->
        nowNanos < firstNanos
            ? first
            : binding(first, what, 1 + (nowNanos - firstNanos) / periodNanos);
  }

  /**
   * A NAT that rebinds at given times.
   *
   * @param first the address outside until the first rebinding
   * @param what is changed; the n-th address differs from the first by n
   * @param timesNanos virtual times of the rebindings
   */
  static Nat rebindingAt(InetSocketAddress first, Rebinding what, List<Long> timesNanos) {
    List<Long> times = List.copyOf(timesNanos);
    return nowNanos ->
        binding(first, what, times.stream().filter(time -> time <= nowNanos).count());
  }

  private static InetSocketAddress binding(InetSocketAddress first, Rebinding what, long number) {
    // Ports below 1,024 are nobody's; there are as many bindings as ports above them.
    int port = (int) (1_024 + (first.getPort() - 1_024 + number) % (65_536 - 1_024));
    if (number == 0) {
      return first;
    }
    if (what == Rebinding.PORT) {
      return new InetSocketAddress(first.getAddress(), port);
    }
    byte[] address = first.getAddress().getAddress();
    long carry = number;
    for (int i = address.length - 1; i >= 0 && carry > 0; i--) {
      carry += address[i] & 0xff;
      address[i] = (byte) carry;
      carry >>>= Byte.SIZE;
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address's own length is always right", e);
    }
  }
}
