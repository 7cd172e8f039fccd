package io.hypermesh.stoq.conformance;

import io.hypermesh.stoq.packet.EncryptionLevel;

/** A CONNECTION_CLOSE that the rogue could read, and the level of its packet. */
record CloseFrame(
    EncryptionLevel level, boolean application, long errorCode, long frameType, String reason) {}
