package io.hypermesh.stoq.driver;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.hypermesh.stoq.foreign.NativeAccess;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A UDP socket of Linux, with the options that the driver needs. */
final class LinuxSocket implements AutoCloseable {
  /** {@code SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC} (socket(2), {@code bits/socket_type.h}). */
  private static final int TYPE = 2 | 0x800 | 0x80000;

  /** socket(7), {@code asm-generic/socket.h}. */
  private static final int SOL_SOCKET = 1;

  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_REUSEPORT = 15;
  private static final int SO_ATTACH_REUSEPORT_CBPF = 51;

  /** {@code sizeof(struct sock_fprog)}: a count, padding, and a pointer to the instructions. */
  private static final int PROGRAM_BYTES = 16;

  private static final Logger LOGGER = LoggerFactory.getLogger(LinuxSocket.class);

  /** ipv6(7), {@code bits/in.h}. */
  private static final int IPV6_MTU_DISCOVER = 23;

  private static final int IPV6_PMTUDISC_DO = 2;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_RECVTCLASS = 66;

  /** What is asked of the kernel for each socket buffer; it may give less. */
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;

  /** Those whose layouts and numbers are known. */
  private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64");

  /** Why there can be none here; decided once. */
  private static final class Availability {
    private static final @Nullable String REASON = reason();

    private static @Nullable String reason() {
      String missing = NativeAccess.missing(ARCHITECTURES);
      if (missing != null) {
        return missing;
      }
      try (LinuxSocket socket = new LinuxSocket();
          Arena arena = Arena.ofConfined()) {
        if (Libc.pointerBytes() != Long.BYTES) {
          return "pointers have " + Libc.pointerBytes() + " bytes";
        }
        new WakeUpEvent(socket.state, arena).close();
        return null;
      } catch (IOException | RuntimeException | LinkageError e) {
        return "the system has no such socket: " + e;
      }
    }
  }

  private final MemorySegment state = Libc.newCallState();
  private final Descriptor descriptor;
  private final boolean segmentation;

  /** Opens one that isn't bound. */
  private LinuxSocket() throws IOException {
    int number = Libc.socket(state, SocketAddressCodec.AF_INET6, TYPE, 0);
    if (number < 0) {
      throw Errno.exception("open a socket", -number);
    }
    descriptor = new Descriptor(number);
    try {
      set(ControlMessages.IPPROTO_IPV6, IPV6_V6ONLY, 1);
      set(ControlMessages.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
      set(ControlMessages.IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
      set(SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER_BYTES);
      set(SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER_BYTES);
    } catch (IOException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
    // Kernels without them: one datagram a call.
    trySet(ControlMessages.SOL_UDP, ControlMessages.UDP_GRO, 1);
    segmentation = trySet(ControlMessages.SOL_UDP, ControlMessages.UDP_SEGMENT, 0) == 0;
  }

  /** Why there is no such socket here; null where there is. */
  static @Nullable String unavailable() {
    return Availability.REASON;
  }

  /**
   * Opens and binds one.
   *
   * @param shared on the port of another of this user's, which lets it
   * @throws java.net.BindException where the address is in use or not this machine's
   */
  static LinuxSocket open(InetSocketAddress bindAddress, boolean shared) throws IOException {
    LinuxSocket socket = new LinuxSocket();
    try {
      if (shared) {
        socket.sharePort();
      }
      socket.bind(bindAddress);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void bind(InetSocketAddress address) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SocketAddressCodec.STRIDE_BYTES, Long.BYTES);
      new AddressCache().write(address, name);
      int result = Libc.bind(state, number(), name.address(), SocketAddressCodec.BYTES);
      if (result < 0) {
        throw Errno.exception("bind " + address, -result);
      }
    }
  }

  /** Lets sockets of the same user that want it, too, have the same address and port. */
  void sharePort() throws IOException {
    set(SOL_SOCKET, SO_REUSEPORT, 1);
  }

  /** Has a program choose between the sockets of the port; false where the kernel refuses it. */
  boolean steer(SteeringProgram program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment instructions = arena.allocate(JAVA_LONG, program.length());
      for (int i = 0; i < program.length(); i++) {
        instructions.setAtIndex(JAVA_LONG, i, program.instruction(i));
      }
      MemorySegment argument = arena.allocate(PROGRAM_BYTES, Long.BYTES);
      argument.set(JAVA_SHORT, 0, (short) program.length());
      argument.set(JAVA_LONG, Long.BYTES, instructions.address());
      int result =
          Libc.setsockopt(
              state,
              number(),
              SOL_SOCKET,
              SO_ATTACH_REUSEPORT_CBPF,
              argument.address(),
              PROGRAM_BYTES);
      if (result < 0) {
        LOGGER.debug("couldn't attach a program to a port: errno {}", -result);
      }
      return result == 0;
    }
  }

  private void set(int level, int option, int value) throws IOException {
    int result = trySet(level, option, value);
    if (result < 0) {
      throw Errno.exception("set option " + option + " of level " + level, -result);
    }
  }

  private int trySet(int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(JAVA_INT, value);
      return Libc.setsockopt(state, number(), level, option, segment.address(), Integer.BYTES);
    }
  }

  InetSocketAddress localAddress() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(SocketAddressCodec.STRIDE_BYTES, Long.BYTES);
      MemorySegment length = arena.allocateFrom(JAVA_INT, SocketAddressCodec.BYTES);
      int result = Libc.getsockname(state, number(), name.address(), length.address());
      if (result < 0) {
        throw Errno.exception("ask for a socket's address", -result);
      }
      InetSocketAddress address = new AddressCache().read(name);
      if (address == null) {
        throw new IOException("couldn't ask for a socket's address because it isn't IPv6");
      }
      return address;
    }
  }

  /** Where calls on it write {@code errno}; the driver's thread owns it. */
  MemorySegment state() {
    return state;
  }

  Descriptor descriptor() {
    return descriptor;
  }

  int number() {
    return descriptor.number();
  }

  /** Whether the kernel can be asked to cut runs into datagrams. */
  boolean segmentation() {
    return segmentation;
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
