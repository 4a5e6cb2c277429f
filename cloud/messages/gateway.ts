import { Complaint } from '../complaint.ts'

/** Sends short texts to phones. Real ones are gateways of the shop's choice; a test plugs in a server of its own. */
export interface TextGateway {
  /** Resolves once the gateway has taken it. */
  readonly send: (message: { readonly to: string; readonly text: string }) => Promise<void>
}

const TAKEN_WITHIN_MS = 5_000

/**
 * Any gateway that takes JSON over HTTP: POST {"to","text"} to `BONUSBOOK_SMS_URL`, with `BONUSBOOK_SMS_TOKEN` as bearer
 * where it is set; 2xx means taken. Others are reached through a few lines of the shop's own in between.
 */
export function httpGateway(url: string, token: string | undefined): TextGateway {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Complaint('BONUSBOOK_SMS_URL is not an address such as https://sms.example/send.')
  }
  return {
    send: async ({ to, text }) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ to, text }),
        redirect: 'error',
        signal: AbortSignal.timeout(TAKEN_WITHIN_MS),
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`the gateway answered ${response.status}`)
    },
  }
}

export function gatewayFrom(env: NodeJS.ProcessEnv): TextGateway | undefined {
  const url = env.BONUSBOOK_SMS_URL
  return url === undefined || url === '' ? undefined : httpGateway(url, env.BONUSBOOK_SMS_TOKEN || undefined)
}
