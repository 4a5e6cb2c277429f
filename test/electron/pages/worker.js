import { shout } from './module.js'

addEventListener('message', async ({ data }) => {
  const response = await fetch(data.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: data.body,
  })
  postMessage({ status: response.status, json: await response.json(), module: shout('ok') })
})
