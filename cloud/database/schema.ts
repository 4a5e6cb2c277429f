/** The tables as Kysely knows them; `migrations/` makes them. int8 is bigint, date is text, instants are ISO text. */
export interface Database {
  tenant: { tenant: string; incarnation: string; home: string | null; key_check: string; created_at: string }
  enrol_code: {
    tenant: string
    code_hash: string
    outlet: string
    till: string
    expires_at: string
    used_at: string | null
  }
  device: {
    tenant: string
    device: string
    outlet: string
    till: string
    name: string
    public_key: Buffer
    epoch: number
    epoch_since: string | null
    state: 'active' | 'revoked' | 'lost'
    enrolled_at: string
    seen_at: string
    rights_seen_at: string | null
    app: string | null
  }
  session: {
    tenant: string
    session: string
    device: string
    counter: bigint
    expires_at: string
    protocol: number
  }
  device_stream: {
    tenant: string
    device: string
    epoch: number
    high: bigint
    head: string
    head_known: boolean
    signed_seq: bigint | null
    signed_hash: string | null
    signature: string | null
  }
  adopted: { tenant: string; device: string; hash: string; epoch: number; seq: bigint }
  entry: {
    tenant: string
    device: string
    epoch: number
    seq: bigint
    hash: string
    kind: string | null
    body: string | null
    set_aside: Buffer | null
    disposition: unknown
    received_at: string
  }
  quarantine: {
    tenant: string
    device: string
    epoch: number
    seq: bigint
    code: string
    message: string
    received_at: string
    settled_at: string | null
    settled_by: string | null
    note: string | null
  }
  account: { tenant: string; member: string; purse: string; posted: bigint; leased: bigint; leases: unknown }
  lot: {
    tenant: string
    member: string
    purse: string
    lot: string
    points: bigint
    remaining: bigint
    expired: bigint
    active_from: string
    last_day: string | null
  }
  sale: {
    tenant: string
    outlet: string
    receipt: string
    device: string
    epoch: number
    seq: bigint
    member: string | null
    day: string
    spent: unknown
    returned: unknown
    lost: bigint
    body: unknown
    purchase: unknown
  }
  member: {
    tenant: string
    member: string
    merged_into: string | null
    enrolled_at: string
    tier: string | null
    tier_until: string | null
    purchases: number
    last_purchase_at: string | null
    bought_since: string | null
    terms: unknown
    points_name: string | null
    referred_by: string | null
    progress: unknown
  }
  card: {
    tenant: string
    number: string
    member: string
    type: string
    state: 'active' | 'blocked' | 'replaced'
    main: boolean
    held_before: unknown
  }
  member_key: { tenant: string; member: string; wrapped: Buffer }
  profile: { tenant: string; member: string; sealed: Buffer }
  consent: { tenant: string; member: string; personal_data: boolean; messages: boolean }
  phone: { tenant: string; phone_hash: string; member: string }
  programme_version: {
    tenant: string
    programme: string
    version: number
    hash: string
    document: string
    published_at: string
  }
  staff: { tenant: string; staff: string; name: string; role: 'cashier' | 'manager' | 'admin'; pin: string }
  decision: { tenant: string; member: string; device: string; epoch: number; seq: bigint; body: unknown }
  given: { tenant: string; member: string; rule: string; occasion: string; day: string }
  once_issued: { tenant: string; member: string; kind: 'tier' | 'terms' | 'card_type'; value: string; until: string }
  birthday: { tenant: string; member: string; mark: string }
  day_turn: {
    tenant: string
    day: string | null
    after: string | null
    version: number | null
    everybody: boolean
  }
  allot_turn: { tenant: string; day: string | null; after: string | null }
  feed_pending: { tenant: string; id: string; scope: string; keys: string[] }
  feed_shard: { tenant: string; high: bigint; day: string | null }
  feed: { tenant: string; scope: string; key: string; seq: bigint }
  visit: { tenant: string; outlet: string; member: string; last_day: string; days: number }
  keeping: {
    tenant: string
    keep: 'auto' | 'everybody' | 'visitors'
    days: number
    is_partial: boolean
    day: string | null
    after_outlet: string | null
    after_member: string | null
  }
  feed_page: {
    tenant: string
    outlet: string
    after: string
    upto: string | null
    cut: bigint
    members: number
    hashes: Buffer
    sealed: Buffer
    made_at: string
  }
  receipt: {
    tenant: string
    outlet: string
    receipt: string
    member: string | null
    at: string
    day: string
    amount: bigint
    discount: bigint
    redeemed: bigint
    earned: bigint
    cost: bigint | null
    undone_at: string | null
    of_outlet: string | null
    of_receipt: string | null
  }
  receipt_reward: {
    tenant: string
    outlet: string
    receipt: string
    place: number
    purse: string
    kind: 'freeItem' | 'percentOff' | 'amountOff' | 'points' | 'percent'
    money: bigint
    points: bigint
  }
  receipt_goods: {
    tenant: string
    outlet: string
    receipt: string
    member: string | null
    skus: (string | null)[]
    categories: (string | null)[]
    qtys: string[]
    amounts: string[]
    costs: (string | null)[]
    file: string | null
    file_lines: number[] | null
  }
  goods: { tenant: string; sku: string; name: string | null; category: string | null }
  member_fact: {
    tenant: string
    member: string
    enrolled_day: string | null
    card_type: string | null
    tier: string | null
    purchases: number
    purchase_days: number
    returns: number
    redeemed_purchases: number
    spend: bigint
    costed_spend: bigint
    cost: bigint
    first_day: string | null
    last_day: string | null
    first_at: string | null
    last_at: string | null
    window_purchases: number[]
    window_spend: string[]
    comebacks: (string | null)[]
    places: string
    days: string[]
    first_spend: bigint
  }
  member_bought: {
    tenant: string
    member: string
    kind: 'sku' | 'category'
    names: string[]
    purchases: number[]
    last_days: string[]
  }
  fact_state: {
    tenant: string
    zone: string
    day: string | null
    windows: number[]
    gaps: number[]
    latest_at: string | null
  }
  fact_stream: { tenant: string; device: string; epoch: number; high: bigint }
  web_hook: {
    tenant: string
    hook: string
    url: string
    events: string[]
    secret: Buffer
    state: 'on' | 'off'
    made_at: string
  }
  web_hook_stream: { tenant: string; hook: string; device: string; epoch: number; high: bigint }
  web_hook_delivery: {
    tenant: string
    hook: string
    event: string
    type: string
    body: string
    state: 'waiting' | 'delivered' | 'given_up'
    attempts: number
    due_at: string
    made_at: string
    status: number | null
    trouble: string | null
  }
  web_shop: {
    tenant: string
    shop: string
    name: string
    outlet: string
    token_hash: Buffer
    made_at: string
    closed_at: string | null
  }
  shop_hold: {
    tenant: string
    shop: string
    hold: string
    idempotency_key: string
    asked: string
    outlet: string
    receipt: string
    member: string
    points: bigint
    until: string
    state: 'held' | 'committed' | 'released' | 'ended' | 'replaced'
    sale: string
    told: string
    entry: string | null
    made_at: string
  }
  fact_due: { tenant: string; id: string; members: string[]; days: unknown }
  day_sum: { tenant: string; day: string } & Record<
    'purchases' | 'spend' | 'redeemed_purchases' | 'redeemed_spend' | 'earned' | 'redeemed',
    bigint
  >
  import_file: {
    tenant: string
    file: string
    name: string
    lines: bigint
    rejected: bigint
    begun_at: string
    done_at: string | null
  }
  member_event: {
    tenant: string
    event: string
    member: string
    kind: string
    at: string
    day: string
    properties: unknown
  }
  member_trait: {
    tenant: string
    member: string
    gender: 'female' | 'male' | null
    birth_year: number | null
    birth_mark: string | null
    name_mark: string | null
    city_mark: string | null
    children: number | null
    child_marks: string[]
    spouse: boolean | null
    spouse_mark: string | null
    attributes: unknown
    answered: unknown
  }
  member_extra: { tenant: string; member: string; sealed: Buffer }
  report_answer: {
    tenant: string
    wish: string
    report: string
    body: unknown
    made_at: string
    took_ms: number
  }
  report_setting: { tenant: string; report: string; body: unknown; set_at: string }
  segment: {
    tenant: string
    segment: string
    name: string
    kind: 'live' | 'static'
    family: string | null
    rank: number
    predicate: unknown
    at_tills: boolean
    made_at: string
    counted_on: string | null
    slot: number | null
    letter: string | null
  }
  segment_member: { tenant: string; segment: string; member: string; since: string }
  segment_move: {
    tenant: string
    id: string
    member: string
    field: string
    from_segment: string | null
    to_segment: string | null
    at: string
  }
  segment_count: { tenant: string; segment: string; day: string; members: bigint }
  segment_settings: { tenant: string; family: string; settings: unknown }
  erased_member: { tenant: string; member: string; erased_at: string }
  campaign: {
    tenant: string
    id: string
    document: unknown
    state: 'draft' | 'running' | 'paused' | 'stopped'
    began: string | null
  }
  campaign_chain: {
    tenant: string
    campaign: string
    member: string
    anchor: string
    since: string
    control: boolean
    state: 'open' | 'made' | 'bought' | 'left' | 'gone' | 'stopped'
    next: number | null
    due: string | null
    first_due: string
    closed: string | null
  }
  campaign_touch: {
    tenant: string
    campaign: string
    member: string
    anchor: string
    touch: string
    kind: string
    due: string
    day: string
    outcome: 'made' | 'control' | 'no_consent' | 'capped' | 'unavailable'
    points: bigint | null
    last_day: string | null
    variant: string | null
    why: unknown
  }
  admin_answer: { tenant: string; key: string; asked: string; answer: Buffer; made_at: string }
  campaign_test: {
    tenant: string
    key: string
    campaign: string
    asked: string
    document: unknown
    found: string[]
    by_whom: string
    made_at: string
  }
  campaign_test_message: {
    tenant: string
    key: string
    place: number
    touch: string
    variant: string
    member: string
    points: bigint | null
    last_day: string | null
    said: unknown
    state: 'waiting' | 'sending' | 'sent' | 'failed' | 'uncertain' | 'unavailable'
    attempts: number
    due_at: string
    claimed_at: string | null
    channel: string | null
    trouble: string | null
    made_at: string
  }
  campaign_turn: { tenant: string }
  campaign_settings: { tenant: string; cap: unknown }
  hint: {
    tenant: string
    member: string
    campaign: string
    anchor: string
    since: string
    touch: string
    kind: 'gift' | 'percent' | 'coupon' | 'product' | 'offer' | 'remind' | 'survey'
    points: bigint | null
    last_day: string | null
    until: string
    variant: string | null
    said: unknown
    closed: string | null
  }
  call_task: {
    tenant: string
    campaign: string
    member: string
    anchor: string
    touch: string
    since: string
    made: string
    due: string
    state: 'open' | 'reached' | 'refused' | 'wrong_number' | 'bought' | 'late' | 'dropped'
    attempts: number
    tried_at: string | null
    tried_by: string | null
    closed: string | null
  }
  message: {
    tenant: string
    campaign: string
    member: string
    anchor: string
    since: string
    touch: string
    points: bigint | null
    gift_until: string | null
    variant: string | null
    said: unknown
    until: string
    state: 'waiting' | 'sending' | 'sent' | 'failed' | 'uncertain' | 'expired'
    attempts: number
    due_at: string
    claimed_at: string | null
    channel: 'mail' | 'sms' | 'wallet' | null
    trouble: string | null
    made_at: string
    done_at: string | null
    delivered_at: string | null
    given_at: string | null
  }
  wallet_settings: {
    tenant: string
    settings: unknown
    apple: Buffer | null
    google: Buffer | null
    logo: Buffer | null
    icon: Buffer | null
    class_told: string | null
  }
  wallet_turn: { tenant: string; high: bigint; feed: bigint; day: string | null }
  wallet_pass: {
    tenant: string
    serial: string
    member: string | null
    state: 'live' | 'void'
    seq: bigint
    changed_at: string
    shown: string
    fetched: bigint
    due_at: string | null
    campaign: string | null
    anchor: string | null
    touch: string | null
    message_seq: bigint | null
    google: 'none' | 'offered' | 'saved'
    google_told: bigint
    google_said: bigint
    google_due_at: string | null
    google_attempts: number
    google_trouble: string | null
    made_at: string
  }
  wallet_device: {
    tenant: string
    device: string
    serial: string
    push_token: string
    told: bigint
    due_at: string | null
    attempts: number
    trouble: string | null
    made_at: string
  }
}
