/** The response to proven misbehaviour: whose messages are ignored, and where that is refused. */
package io.hypermesh.byzantine.isolation;
