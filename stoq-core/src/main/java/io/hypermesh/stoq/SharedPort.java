package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.SteeringProgram;
import io.hypermesh.stoq.endpoint.Steering;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of an endpoint's agents on one address, one each, in the agents' order, and whether
 * the kernel looks at connection IDs to choose between them.
 *
 * @param drivers open; they belong to whoever has this
 * @param steered whether what arrives comes to the agent that its connection ID leads to
 */
record SharedPort(List<DatagramDriver> drivers, boolean steered) {
  private static final Logger LOGGER = LoggerFactory.getLogger(SharedPort.class);

  SharedPort {
    drivers = List.copyOf(drivers);
  }

  /** Opens one socket for each agent, all on one address and port. */
  static SharedPort open(
      InetSocketAddress address, DatagramDriver.Factory factory, Steering steering)
      throws IOException {
    List<DatagramDriver> opened = new ArrayList<>();
    try {
      DatagramDriver first = factory.open(address);
      opened.add(first);
      for (int i = 1; i < steering.shards(); i++) {
        DatagramDriver sibling = first.openSibling();
        if (sibling == null) {
          throw new UnsupportedOperationException(
              "couldn't share a port between "
                  + steering.shards()
                  + " agents because the driver doesn't open siblings here: "
                  + first.name());
        }
        opened.add(sibling);
      }
      boolean steered =
          opened.size() == 1
              || first.steer(
                  SteeringProgram.of(steering.key0(), steering.key1(), steering.shards()));
      if (!steered) {
        LOGGER.info(
            "{} agents on {}: the kernel chooses between them by addresses and ports; datagrams of"
                + " connections that move are forwarded",
            opened.size(),
            Ipv6Text.of(first.localAddress()));
      }
      return new SharedPort(opened, steered);
    } catch (IOException | RuntimeException e) {
      opened.forEach(SharedPort::closeQuietly);
      throw e;
    }
  }

  /** Opens one socket for each agent, each with a port of its own. */
  static SharedPort openApart(
      InetSocketAddress address, DatagramDriver.Factory factory, Steering steering)
      throws IOException {
    List<DatagramDriver> opened = new ArrayList<>();
    try {
      for (int i = 0; i < steering.shards(); i++) {
        opened.add(factory.open(address));
      }
      return new SharedPort(opened, true);
    } catch (IOException | RuntimeException e) {
      opened.forEach(SharedPort::closeQuietly);
      throw e;
    }
  }

  /** Which kind of failure it is that sockets couldn't be opened. */
  static StoqException failed(InetSocketAddress address, Exception cause) {
    String text = "couldn't bind " + Ipv6Text.of(address) + " because ";
    String message = cause.getMessage();
    return switch (cause) {
      case BindException _ when message != null && message.contains("in use") ->
          new StoqException(StoqException.Category.RETRYABLE, text + "the port is in use", cause);
      case BindException _ ->
          new StoqException(
              StoqException.Category.CALLER_MISTAKE,
              text + "the system refused the address: " + message,
              cause);
      case UnsupportedOperationException _ ->
          new StoqException(StoqException.Category.CALLER_MISTAKE, text + message, cause);
      default ->
          new StoqException(
              StoqException.Category.FATAL, text + "the socket failed: " + message, cause);
    };
  }

  /** Closes all of them. */
  void close() {
    drivers.forEach(SharedPort::closeQuietly);
  }

  static void closeQuietly(DatagramDriver driver) {
    try {
      driver.close();
    } catch (IOException e) {
      LOGGER.debug("couldn't close a socket", e);
    }
  }
}
