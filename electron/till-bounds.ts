import type { Settings } from '../shared/desktop-api.ts'

const PANEL_WIDTH = 440

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where the window stands within the work area. */
export function dockedBounds(area: Area, dock: Settings['dock']): Area {
  if (dock === 'full') return area
  const width = Math.min(PANEL_WIDTH, area.width)
  return { ...area, width, x: dock === 'left' ? area.x : area.x + area.width - width }
}
