/**
 * The wire format: statements that members sign, the messages built on them, and their strict
 * codec. Start with {@link io.hypermesh.byzantine.message.Statement}.
 */
package io.hypermesh.byzantine.message;
