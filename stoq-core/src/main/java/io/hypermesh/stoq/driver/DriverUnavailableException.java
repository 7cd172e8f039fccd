package io.hypermesh.stoq.driver;

import java.io.IOException;

/** A driver can't be had on this machine, or not as this process was started. */
public final class DriverUnavailableException extends IOException {
  private static final long serialVersionUID = 1;

  private final String driver;
  private final String reason;

  DriverUnavailableException(String driver, String reason) {
    super("couldn't open a socket of the driver " + driver + " because " + reason);
    this.driver = driver;
    this.reason = reason;
  }

  /** The {@linkplain DatagramDriver#name() driver's name}. */
  public String driver() {
    return driver;
  }

  /** What is missing, as in "… because REASON". */
  public String reason() {
    return reason;
  }
}
