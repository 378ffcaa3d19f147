<%
# The parts that every page is made of; all of them stand together on /parts. A part writes where it is called.
# The only place, with the layout, where something is printed unescaped: pictures drawn by our own code.
import json
from contextlib import contextmanager
from webui.pictures import wave

# State of a line or handset -> lamp; any other state means in use.
LAMPS = {"idle": "good", "ringing": "ring", "fault": "fault", "dead": "fault", "other telephone": "warn", "not in service": "off"}
ICONS = {
    "logo": "M4 13v-2a8 8 0 0 1 16 0v2M4 13h3v6H4zM17 13h3v6h-3zM18.500 19v1.500H13",
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "messages": "M7 15a3.500 3.500 0 1 1 0-7 3.500 3.500 0 0 1 0 7zM17 15a3.500 3.500 0 1 1 0-7 3.500 3.500 0 0 1 0 7zM7 15h10",
    "calls": "M6 3h3l2 5-2.500 1.500a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
    "contacts": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
    "time": "M7 3h10M7 21h10M8 3v3a4 4 0 0 0 8 0V3M8 21v-3a4 4 0 0 1 8 0v3M12 10v4",
    "assistant": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 8v4.500l3 2M7 5L4 8M17 5l3 3",
    "users": "M9 12a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 5.500a3.500 3.500 0 0 1 0 6.500M18 14.500a6.500 6.500 0 0 1 3.500 5.500",
    "settings": "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5",
    "health": "M3 12h4l2.500-6 4 12L16 12h5",
    "help": "M9 9a3 3 0 1 1 4 2.800c-.7.300-1 .9-1 1.700M12 17.500v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    "account": "M12 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6.500 18.500a6 6 0 0 1 11 0M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    "more": "M5 12h.01M12 12h.01M19 12h.01",
    "play": "M7 4l13 8-13 8z",
    "pause": "M8 5v14M16 5v14",
    "download": "M12 4v11M7 11l5 5 5-5M5 20h14",
    "delete": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
    "saved": "M6 4h12v17l-6-4.500L6 21z",
    "heard": "M4 12.500l5 5L20 6.500",
    "new": "M12 7v5l3 3M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    "in": "M19 5L6 18M6 9v9h9",
    "out": "M5 19L18 6M9 6h9v9",
    "internal": "M4 9h14l-4-4M20 15H6l4 4",
    "missed": "M4 6l8 8 8-8M20 6h-5M20 6v5",
    "alert": "M12 4L2.500 20h19zM12 10v5M12 17.500v.01",
    "plus": "M12 5v14M5 12h14",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
}
%>
% def icon(name):
<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{{ICONS[name]}}"/></svg>
% end
% def token_field():
<input type="hidden" name="form_token" value="{{visit.token()}}">
% end
% def page_head(title, hint=""):
<header class="page-head">
<h1>{{title}}</h1>
%   if hint:
<p class="quiet" id="page-hint">{{hint}}</p>
%   end
</header>
% end
% @contextmanager
% def card(title, name, badge=None, link="", link_words=""):
<section class="card" aria-labelledby="{{name}}-title">
<header><h2 id="{{name}}-title">{{title}}\\
%   if badge is not None:
 <span class="badge">{{badge}}</span>\\
%   end
</h2>
%   if link:
<a href="{{link}}">{{link_words}}</a>
%   end
</header>
%   yield
</section>
% end
% def pill(text, kind=""):
<span class="pill {{kind}}">{{text}}</span>
% end
% def emergency_pill(call):
%   if call.emergency:
%     pill(t('call.drill' if call.drill else 'call.emergency'), 'warn' if call.drill else 'fault')
%   end
% end
% def mark_of(key, swapped=False):
%   now = visit.attention
%   n = {'messages': now.new, 'home': now.missed}.get(key, 0)
%   wrong = bool(now.faults) and key in ('health', 'more') and user.role == 'admin'
<span id="mark-{{key}}" class="mark {{'wrong' if wrong else ''}}" data-count="{{n}}"\\
%   if swapped:
 hx-swap-oob="true"\\
%   end
%   if not n and not wrong:
 hidden\\
%   end
>{{'!' if wrong else n}}<span class="unseen"> {{t('attention.wrong') if wrong else t('attention.' + key) if n else ''}}</span></span>
% end
% def lamp(kind, name, text, detail=""):
<div class="lamp {{kind}}"><span class="dot" aria-hidden="true"></span><span class="lamp-name">{{name}}</span><span class="lamp-text">{{text}}</span>\\
%   if detail:
<span class="lamp-detail">{{detail}}</span>\\
%   end
</div>
% end
% def port_lamp(port, in_service):
%   kind = LAMPS.get(port.state, 'busy') if in_service else 'off'
%   detail = ('%.0f V' % port.volts if port.volts is not None else '') + (' · %.0f mA' % port.ma if port.ma else '')
%   lamp(kind, port.label or t('port.' + port.kind, name=port.name), t.either('port_state.' + port.state, plain(port.state, 30)), detail)
% end
% def when(ms, offset_min):
%   told = moment(ms, offset_min)
<time datetime="{{told.iso}}" title="{{told.exact}}">{{told.text}}<span class="unseen"> ({{told.exact}})</span></time>
% end
% def empty(icon_name, title, hint):
<div class="empty">
%   icon(icon_name)
<p><strong>{{title}}</strong></p>
<p class="quiet">{{hint}}</p>
</div>
% end
% def banner(kind, text, remedy=""):
<div class="banner {{kind}}" role="{{'alert' if kind == 'fault' else 'status'}}">
%   icon('alert')
<p><strong>{{text}}</strong> {{remedy}}</p>
</div>
% end
% def toast(text, undo="", back="", fields=()):
<div class="toast" role="status" data-hide-after="10">
<p>{{text}}</p>
%   if undo:
<form method="post" action="{{undo}}">
%     token_field()
<input type="hidden" name="back" value="{{back}}">
%     for name, value in fields:
<input type="hidden" name="{{name}}" value="{{value}}">
%     end
<button type="submit" class="plain">{{t('toast.undo')}}</button>
</form>
%   end
</div>
% end
% def field(label, name, value="", hint="", kind="text", required=False, autocomplete="off", longest=200, fault="", minimum=0):
<div class="field">
<label for="f-{{name}}">{{label}}</label>
<input id="f-{{name}}" name="{{name}}" type="{{kind}}" value="{{value}}" maxlength="{{longest}}" autocomplete="{{autocomplete}}"\\
%   if minimum:
 minlength="{{minimum}}"\\
%   end
%   if required:
 required\\
%   end
%   if fault:
 aria-invalid="true"\\
%   end
%   if hint:
 aria-describedby="f-{{name}}-hint"\\
%   end
>
%   if hint:
<small id="f-{{name}}-hint">{{hint}}</small>
%   end
</div>
% end
% def choice(label, name, value, options):
<div class="field">
<label for="f-{{name}}">{{label}}</label>
<select id="f-{{name}}" name="{{name}}">
%   for key, words in options:
<option value="{{key}}"\\
%     if key == value:
 selected\\
%     end
>{{words}}</option>
%   end
</select>
</div>
% end
% def fault_line(text):
%   if text:
<p class="form-fault" role="alert">{{text}}</p>
%   end
% end
% def action(address, label, icon_name, fields, target="", shape=""):
<form method="post" action="{{address}}" class="action {{shape}}"\\
%   if target:
 hx-post="{{address}}" hx-target="{{target}}" hx-select="{{target}}" hx-select-oob="#toasts,#page-hint" hx-swap="outerHTML"\\
%   end
>
%   token_field()
%   for name, value in fields:
<input type="hidden" name="{{name}}" value="{{value}}">
%   end
<button type="submit" class="plain" title="{{label}}">
%   icon(icon_name)
<span>{{label}}</span></button>
</form>
% end
% def link_action(address, label, icon_name, shape=""):
<a class="action button plain {{shape}}" href="{{address}}" title="{{label}}">
%   icon(icon_name)
<span>{{label}}</span></a>
% end
% def call_back(number, label, message=0):
<details class="menu">
<summary class="button plain" title="{{label}}">
%   icon('calls')
<span>{{label}}</span></summary>
<div>
%   for name in visit.handsets:
%     action('/dial', t('call.from_handset', handset=visit.handset(name, 'port.the_handset')), 'calls', [('number', number), ('handset', name), ('message', message or '')])
%   end
%   link_action('tel:' + number, t('call.from_here'), 'out')
%   link_action('/calls?number=' + number.replace('+', '%2B'), t('call.all_of_number'), 'search')
</div>
</details>
% end
% def player(recording, outline, length_s, label, heard_address=""):
<div class="player" data-player\\
%   if heard_address:
 data-heard="{{heard_address}}" data-token="{{visit.token()}}"\\
%   end
>
<audio controls preload="none" src="/recordings/{{recording}}/audio.wav" aria-label="{{label}}"></audio>
<div class="player-own" hidden>
<button type="button" class="round" data-play aria-label="{{t('player.play')}}: {{label}}" data-say-play="{{t('player.play')}}: {{label}}" data-say-pause="{{t('player.pause')}}: {{label}}">
%   icon('play')
%   icon('pause')
</button>
<button type="button" class="plain skip" data-skip="-10" aria-label="{{t('player.back')}}" title="{{t('player.back')}}">−10</button>
<div class="track">
{{!wave(outline)}}
<input type="range" min="0" max="{{max(1, round(length_s * 10))}}" value="0" step="1" data-seek-bar aria-label="{{t('player.position')}}">
</div>
<button type="button" class="plain skip" data-skip="10" aria-label="{{t('player.forward')}}" title="{{t('player.forward')}}">+10</button>
<span class="time"><span data-at>0:00</span><span class="quiet"> / {{clock_length(length_s)}}</span></span>
<button type="button" class="plain speed" data-speed><span class="unseen">{{t('player.speed')}} </span><span>1×</span></button>
</div>
</div>
% end
% def play_here(recording, label, heard_address=""):
<span class="play-here" data-play-here\\
%   if heard_address:
 data-heard="{{heard_address}}" data-token="{{visit.token()}}"\\
%   end
>
<audio controls preload="none" src="/recordings/{{recording}}/audio.wav" aria-label="{{label}}"></audio>
<button type="button" class="plain round" hidden data-play aria-label="{{t('player.play')}}: {{label}}" data-say-play="{{t('player.play')}}: {{label}}" data-say-pause="{{t('player.pause')}}: {{label}}">
%   icon('play')
%   icon('pause')
</button>
</span>
% end
% def pager(page, address):
%   if page.pages > 1:
<nav class="pager" aria-label="{{t('pager.label')}}">
%     if page.number > 1:
<a class="button plain" rel="prev" href="{{address(page=page.number - 1)}}">{{t('pager.previous')}}</a>
%     end
<span>{{t('pager.of', number=size(page.number), pages=size(page.pages))}}</span>
%     if page.number < page.pages:
<a class="button plain" rel="next" href="{{address(page=page.number + 1)}}">{{t('pager.next')}}</a>
%     end
</nav>
%   end
% end
% def sort_head(label, key, ask, address, number=False):
%   now = ask.sort == key
%   way = 'up' if now and ask.descending else ''
<th scope="col" role="columnheader" class="{{'number' if number else ''}}" aria-sort="{{('descending' if ask.descending else 'ascending') if now else 'none'}}"><a href="{{address(sort=key, way=way)}}">{{label}}\\
%   if now:
<span aria-hidden="true"> {{'▾' if ask.descending else '▴'}}</span>\\
%   end
</a></th>
% end
% def picture(svg):
{{!svg}}
% end
% def timeline_picture(two):
<figure class="timeline-desk">
{{!two['desk'].svg}}
</figure>
<figure class="timeline-phone">
{{!two['phone'].svg}}
</figure>
% end
% @contextmanager
% def folded(summary, kind=""):
<details class="{{kind}}">
<summary>{{summary}}</summary>
%   yield
</details>
% end
% def message_row(message, outline, back, target, level, pick=False, open=False):
%   who = message.name and plain(message.name) or telephone(message.number_e164, message.number_raw) or t.either('caller.' + message.presentation, t('caller.unknown'))
%   fields = [('back', back)]
<article class="message {{message.state}}" id="message-{{message.id}}" tabindex="-1" aria-labelledby="message-{{message.id}}-who">
%   if pick:
<label class="tick pick"><input type="checkbox" name="id" value="{{message.id}}" form="selection"><span class="unseen">{{t('messages.pick', who=who)}}</span></label>
%   end
<details class="fold" id="fold-{{message.id}}"\\
%   if message.state == 'new' or open:
 open\\
%   end
>
<summary>
<h{{level}} id="message-{{message.id}}-who">
%   if message.state == 'new':
<span class="fresh" aria-hidden="true"></span><span class="unseen">{{t('message.new')}}: </span>
%   end
{{who}}</h{{level}}>
%   if message.important:
%     pill(t('message.important'), 'warn')
%   end
%   if message.interrupted:
%     pill(t('message.interrupted'), 'quiet')
%   end
%   if message.state == 'saved':
%     pill(t('message.saved'), 'good')
%   end
%   if message.called_back_ms:
%     pill(t('message.called_back'), 'quiet')
%   end
<p class="meta">
%   when(message.received_ms, message.utc_offset_min)
<span> · {{clock_length(message.length_s)}}</span>\\
%   if message.name and (message.number_e164 or message.number_raw):
<span> · {{telephone(message.number_e164, message.number_raw)}}</span>\\
%   end
%   if message.contact_company:
<span> · {{plain(message.contact_company, 40)}}</span>\\
%   end
</p>
</summary>
%   player(message.recording, outline(message), message.length_s, t('message.from', who=who), '/messages/%d/state' % message.id if message.state == 'new' else '')
%   if message.draft:
<details class="draft"><summary>{{t('message.draft')}}</summary><blockquote lang="en">{{message.draft}}</blockquote></details>
%   end
%   if message.note:
<p class="note">{{plain(message.note, 1000, lines=True)}}</p>
%   end
<div class="actions">
%   if message.state == 'deleted':
%     action('/messages/%d/restore' % message.id, t('message.restore'), 'new', fields, target)
%     final(t('message.destroy'), '/messages/%d/destroy' % message.id, back)
%   else:
%     if message.state == 'new':
%       action('/messages/%d/state' % message.id, t('message.mark_heard'), 'heard', fields + [('state', 'heard')], target)
%     else:
%       action('/messages/%d/state' % message.id, t('message.mark_new'), 'new', fields + [('state', 'new')], target)
%     end
%     if message.state == 'saved':
%       action('/messages/%d/state' % message.id, t('message.unsave'), 'saved', fields + [('state', 'heard')], target)
%     else:
%       action('/messages/%d/state' % message.id, t('message.save'), 'saved', fields + [('state', 'saved')], target)
%     end
%     if message.number_e164:
%       call_back(message.number_e164, t('call.back'), message.id)
%     end
<details class="menu">
<summary class="button plain" title="{{t('message.more')}}">
%     icon('more')
<span>{{t('message.more')}}</span></summary>
<div>
%     link_action('/calls/%d' % message.call, t('message.call'), 'calls')
%     link_action('/recordings/%d/download' % message.recording, t('message.download'), 'download')
<form method="post" action="/messages/{{message.id}}/note">
%     token_field()
<input type="hidden" name="back" value="{{back}}">
<label>{{t('message.note')}}<textarea name="note" rows="2" maxlength="1000">{{plain(message.note, 1000, lines=True)}}</textarea></label>
<button type="submit" class="plain">{{t('message.keep_note')}}</button>
%     if colleagues():
<label>{{t('message.to')}}<select name="to">
%       for colleague in colleagues():
<option value="{{colleague.id}}">{{plain(colleague.name, 60)}}</option>
%       end
</select></label>
<button type="submit" class="plain" formaction="/messages/{{message.id}}/forward">{{t('message.forward')}}</button>
%     end
</form>
</div>
</details>
%     action('/messages/%d/delete' % message.id, t('message.delete'), 'delete', fields, target)
%   end
</div>
</details>
</article>
% end
% def final(label, address, back):
<details class="menu">
<summary class="button plain" title="{{label}}">
%   icon('delete')
<span>{{label}}</span></summary>
<div>
<p>{{t('message.no_way_back')}}</p>
<form method="post" action="{{address}}">
%   token_field()
<input type="hidden" name="back" value="{{back}}">
<button type="submit">{{label}}</button>
</form>
</div>
</details>
% end
% def fax_row(fax, back, target, level):
%   who = fax.name and plain(fax.name) or telephone(fax.number_e164, fax.number_raw) or plain(fax.sender, 40) or t('caller.unknown')
<article class="message {{fax.state}}" id="fax-{{fax.id}}" tabindex="-1" aria-labelledby="fax-{{fax.id}}-who">
<header>
<h{{level}} id="fax-{{fax.id}}-who">
%   if fax.state == 'new':
<span class="fresh" aria-hidden="true"></span><span class="unseen">{{t('message.new')}}: </span>
%   end
<a href="/calls/{{fax.call}}">{{who}}</a></h{{level}}>
%   if fax.state == 'saved':
%     pill(t('message.saved'), 'good')
%   end
%   if fax.progress != 'made':
%     pill(t('fax.' + fax.progress), 'fault' if fax.progress == 'failed' else 'warn')
%   end
<p class="meta">
%   when(fax.received_ms, fax.utc_offset_min)
<span> · {{t.count('fax.pages', fax.pages)}}</span>\\
%   if fax.sender:
<span> · {{plain(fax.sender, 40)}}</span>\\
%   end
</p>
</header>
<div class="actions">
%   fields = [('back', back)]
%   if fax.state == 'deleted':
%     action('/faxes/%d/restore' % fax.id, t('message.restore'), 'new', fields, target)
%     final(t('message.destroy'), '/faxes/%d/destroy' % fax.id, back)
%   else:
%     if fax.progress == 'made':
%       link_action('/faxes/%d.pdf' % fax.id, t('fax.open'), 'out')
%     end
%     link_action('/faxes/%d.tif' % fax.id, t('fax.tiff'), 'download')
%     if fax.state == 'new':
%       action('/faxes/%d/state' % fax.id, t('fax.mark_read'), 'heard', fields + [('state', 'heard')], target)
%     else:
%       action('/faxes/%d/state' % fax.id, t('message.mark_new'), 'new', fields + [('state', 'new')], target)
%     end
%     if fax.state != 'saved':
%       action('/faxes/%d/state' % fax.id, t('message.save'), 'saved', fields + [('state', 'saved')], target)
%     end
%     action('/faxes/%d/delete' % fax.id, t('message.delete'), 'delete', fields, target, 'icon-only')
%   end
</div>
</article>
% end
% def fax_list(faxes, back):
<div id="fax-list">
%   if faxes:
%     with card(t('fax.title'), 'faxes'):
%       for fax in faxes:
%         fax_row(fax, back, '#fax-list', 3)
%       end
%     end
%   end
</div>
% end
