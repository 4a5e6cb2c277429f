/** Bytes from base64, in a buffer of their own. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if ('fromBase64' in Uint8Array) return (Uint8Array as unknown as Native).fromBase64(text)
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

interface Native {
  readonly fromBase64: (text: string) => Uint8Array<ArrayBuffer>
}
