function method(name, requestStream, responseStream) {
  const toBytes = text => Buffer.from(text)
  const toText = bytes => bytes.toString()
  return {
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: toBytes,
    requestDeserialize: toText,
    responseSerialize: toBytes,
    responseDeserialize: toText,
  }
}

/** The service that servers/grpc.js offers and programs/grpc.js calls. */
export const ECHO = {
  unary: method('Unary', false, false),
  serverStream: method('ServerStream', false, true),
  bidirectional: method('Bidirectional', true, true),
}
