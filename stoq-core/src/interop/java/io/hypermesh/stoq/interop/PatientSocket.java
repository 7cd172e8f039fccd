package io.hypermesh.stoq.interop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.util.concurrent.locks.LockSupport;

/**
 * A socket that receives nothing before the thread that connects waits for an answer.
 *
 * <p>kwik 0.10.8 and 0.10.9 count on it. Their {@code connect()} notes what it has sent after it
 * has been sent: the ClientHello that a Retry has sent again, that a ServerHello is now expected,
 * that the connection's state is "handshaking", that early data was asked for. On loopback the
 * answer can be there first, where the thread loses its core in between: the connection then fails
 * with a {@code NullPointerException} or waits forever, or takes accepted early data for rejected.
 * Over any network that is longer than that, this socket changes nothing.
 */
final class PatientSocket extends DatagramSocket {
  private final Thread connecting;
  private volatile boolean patient = true;

  /**
   * @param connecting the thread that will connect
   */
  PatientSocket(Thread connecting) throws SocketException {
    this.connecting = connecting;
  }

  @Override
  public void receive(DatagramPacket packet) throws IOException {
    super.receive(packet);
    // With a limit of time it waits for nothing but the handshake's end.
    while (patient && !isClosed() && connecting.getState() != Thread.State.TIMED_WAITING) {
      LockSupport.parkNanos(1_000_000);
    }
    patient = false;
  }
}
