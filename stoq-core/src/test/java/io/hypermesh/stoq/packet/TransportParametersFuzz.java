package io.hypermesh.stoq.packet;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;

/** Reads either side's parameters; writes what was read, and reads the same from it. */
public final class TransportParametersFuzz implements FuzzTarget {
  @Override
  public void run(FuzzInput input) throws TransportException {
    boolean fromClient = input.flag();
    TransportParameters read;
    try {
      read = TransportParameters.decode(input.rest(), fromClient);
    } catch (TransportException e) {
      require(e.errorCode() == TransportErrorCode.TRANSPORT_PARAMETER_ERROR, "" + e.errorCode());
      return;
    }
    require(TransportParameters.decode(read.encode(), fromClient).equals(read), "read again");
    require(read.toBuilder().build().equals(read), "built again");
  }
}
