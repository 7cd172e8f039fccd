package io.hypermesh.stoq.driver;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drivers that there are, the best first. Each works in the same way and opens sockets by
 * itself; an endpoint takes {@link #preferred()} unless told otherwise.
 *
 * {@snippet file="ApiChoiceExamplesTest.java" region="driver"}
 *
 * <p>Whether one {@linkplain #isAvailable() is available} is found out once, the first time that
 * somebody asks, by sending datagrams from a socket of its own to itself on {@code ::1}.
 *
 * <p>Any thread may call any method.
 */
public enum DriverKind implements DatagramDriver.Factory {
  /** Linux's own socket calls, many datagrams each: {@link LinuxDatagramDriver}. */
  LINUX(LinuxDatagramDriver.NAME) {
    @Override
    public DatagramDriver open(InetSocketAddress bindAddress) throws IOException {
      return LinuxDatagramDriver.open(bindAddress);
    }

    @Override
    public DatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
        throws IOException {
      return LinuxDatagramDriver.open(bindAddress, datagramBytesMax);
    }
  },

  /** Linux's io_uring: {@link IoUringDatagramDriver}. */
  IO_URING(IoUringDatagramDriver.NAME) {
    @Override
    public DatagramDriver open(InetSocketAddress bindAddress) throws IOException {
      return IoUringDatagramDriver.open(bindAddress);
    }

    @Override
    public DatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
        throws IOException {
      return IoUringDatagramDriver.open(bindAddress, datagramBytesMax);
    }
  },

  /** The JDK's sockets, one datagram a call, everywhere: {@link NioDatagramDriver}. */
  NIO(NioDatagramDriver.NAME) {
    @Override
    public DatagramDriver open(InetSocketAddress bindAddress) throws IOException {
      return NioDatagramDriver.open(bindAddress);
    }

    @Override
    public DatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
        throws IOException {
      return NioDatagramDriver.open(bindAddress, datagramBytesMax);
    }
  };

  /**
   * The system property that names the driver of endpoints that don't choose one; unset or empty
   * for {@link #best()}.
   */
  public static final String PROPERTY = "hypermesh.stoq.driver";

  private static final Logger LOGGER = LoggerFactory.getLogger(DriverKind.class);

  /** What is missing for those that were tried, nothing for those that work. */
  private static final Map<DriverKind, Optional<String>> PROBLEMS = new ConcurrentHashMap<>();

  /** Found out when it's first needed. */
  private static final class Best {
    private static final DriverKind KIND = probe();

    private static DriverKind probe() {
      List<String> missing = new ArrayList<>();
      for (DriverKind kind : values()) {
        Optional<String> reason = kind.unavailableBecause();
        if (reason.isEmpty()) {
          log(kind, missing);
          return kind;
        }
        missing.add(kind.driverName + " isn't available because " + reason.get());
      }
      // Opening one will say what is wrong.
      log(NIO, missing);
      return NIO;
    }

    private static void log(DriverKind kind, List<String> missing) {
      String reasons = missing.isEmpty() ? "" : ": " + String.join("; ", missing);
      LOGGER.info("datagrams go by the driver {}{}", kind.driverName, reasons);
    }
  }

  private final String driverName;

  DriverKind(String driverName) {
    this.driverName = driverName;
  }

  /** Its name, as in {@link #PROPERTY}: {@code linux}, {@code io_uring} or {@code nio}. */
  public String driverName() {
    return driverName;
  }

  /**
   * The driver of a name.
   *
   * @throws IllegalArgumentException where there is none of that name; the message lists them
   */
  public static DriverKind named(String name) {
    for (DriverKind kind : values()) {
      if (kind.driverName.equals(name)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "couldn't choose the datagram driver \""
            + name
            + "\" because there are only "
            + Arrays.stream(values()).map(DriverKind::driverName).toList());
  }

  /** The first that is available; which one, and why not one before it, is logged once at INFO. */
  public static DriverKind best() {
    return Best.KIND;
  }

  /**
   * The one that {@link #PROPERTY} names, available or not, or else the {@linkplain #best() best}.
   *
   * @throws IllegalArgumentException where there is none of that name
   */
  public static DriverKind preferred() {
    String name = System.getProperty(PROPERTY, "");
    return name.isEmpty() ? best() : named(name);
  }

  /** Whether it works here. */
  public boolean isAvailable() {
    return unavailableBecause().isEmpty();
  }

  /** What is missing for it, as in "… because REASON"; empty where it works here. */
  public Optional<String> unavailableBecause() {
    return PROBLEMS.computeIfAbsent(this, kind -> Optional.ofNullable(DriverProbe.problem(kind)));
  }

  /**
   * Opens and binds a socket of this driver, for datagrams of up to 1,536 bytes.
   *
   * @throws DriverUnavailableException where this driver can't be had here; the message says why
   * @throws java.net.BindException where the address is in use or not this machine's
   */
  @Override
  public abstract DatagramDriver open(InetSocketAddress bindAddress) throws IOException;

  /**
   * Opens and binds a socket of this driver.
   *
   * @param datagramBytesMax the longest datagram that it sends: 1,200 to 65,527 bytes
   * @throws DriverUnavailableException where this driver can't be had here; the message says why
   * @throws java.net.BindException where the address is in use or not this machine's
   */
  @Override
  public abstract DatagramDriver open(InetSocketAddress bindAddress, int datagramBytesMax)
      throws IOException;
}
