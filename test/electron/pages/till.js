window.events = []
window.bonusbook.onEvent((event) => window.events.push(event))
