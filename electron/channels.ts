/** Names of the channels between preload and main, one per call of DesktopApi. */
export const channels = {
  info: 'bonusbook:info',
  call: 'bonusbook:call',
  event: 'bonusbook:event',
  settings: 'bonusbook:settings',
  changeSettings: 'bonusbook:change-settings',
  enrolTill: 'bonusbook:enrol-till',
  newPosToken: 'bonusbook:new-pos-token',
  devices: 'bonusbook:devices',
  coreReady: 'bonusbook:core-ready',
  coreRequest: 'bonusbook:core-request',
  coreReply: 'bonusbook:core-reply',
  coreEmit: 'bonusbook:core-emit',
  appendJournal: 'bonusbook:append-journal',
  readJournal: 'bonusbook:read-journal',
  pruneJournal: 'bonusbook:prune-journal',
  diskRoom: 'bonusbook:disk-room',
} as const
