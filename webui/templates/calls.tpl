% rebase('layout', title=t('nav.calls'), here='calls')
% page_head(t('nav.calls'))
<div id="toasts"></div>
% if ask.since and ask.until and ask.since > ask.until:
%   fault_line(t('calls.backwards'))
% end
% if saved:
<ul class="saved" aria-label="{{t('calls.saved')}}">
%   for number, name, kept in saved:
<li><a class="button plain" href="/calls?{{kept}}"\\
%     if kept == query:
 aria-current="true"\\
%     end
>{{name}}</a>
%     if kept == query:
%       action('/calls/filters/%d/forget' % number, t('calls.forget', name=name), 'delete', [], shape='icon-only')
%     end
</li>
%   end
</ul>
% end
<form class="filter" method="get" action="/calls">
% if ask.number or ask.contact:
<p class="asked"><strong>{{t('calls.of', who=asked_contact or telephone(ask.number, None) or '?')}}</strong> <a href="{{address(number='', contact='')}}">{{t('calls.of_all')}}</a></p>
<input type="hidden" name="number" value="{{ask.number}}">
<input type="hidden" name="contact" value="{{ask.contact or ''}}">
% end
<div class="search">
<label class="unseen" for="f-q">{{t('calls.search')}}</label>
<input id="f-q" type="search" name="q" value="{{ask.search}}" placeholder="{{t('calls.search')}}" maxlength="80" autocomplete="off">
<button type="submit">{{t('form.search')}}</button>
</div>
<details\\
% if ask.narrowed:
 open\\
% end
>
<summary>{{t('calls.filter')}}</summary>
<div class="filter-fields">
% choice(t('calls.period'), 'period', ask.period, [(key, t('period.' + key)) for key in periods])
% field(t('calls.since'), 'since', ask.since, kind='date', longest=10)
% field(t('calls.until'), 'until', ask.until, kind='date', longest=10)
% choice(t('calls.direction'), 'direction', ask.direction, [('', t('calls.any'))] + [(key, t('direction.' + key)) for key in directions])
% choice(t('calls.outcome'), 'outcome', ask.outcome, [('', t('calls.any'))] + [(key, t('outcome.' + key)) for key in outcomes])
% choice(t('calls.line'), 'line', ask.line, [('', t('calls.any'))] + [(key, line_named(key)) for key in lines])
% choice(t('calls.client'), 'client', ask.client, [('', t('calls.any'))] + [(key, plain(key, 40)) for key in clients])
<div class="filter-buttons">
<button type="submit">{{t('calls.apply')}}</button>
<a class="button plain" href="/calls">{{t('calls.everything')}}</a>
</div>
</div>
</details>
</form>
% if ask.narrowed and query not in [kept for _, _, kept in saved]:
<form class="inline keep-filter" method="post" action="/calls/filters">
%   token_field()
<input type="hidden" name="query" value="{{query}}">
<label class="unseen" for="f-filter-name">{{t('calls.filter_name')}}</label>
<input id="f-filter-name" name="name" maxlength="40" required placeholder="{{t('calls.filter_name')}}" autocomplete="off">
<button type="submit" class="plain">{{t('calls.keep_filter')}}</button>
</form>
% end
<div id="call-list" data-hold-while-used hx-get="{{now}}" hx-trigger="box:call from:body delay:500ms, box:resync from:body" hx-select="#call-list > *" hx-swap="innerHTML">
<div class="totals">
<p><strong>{{t.count('calls.total', totals.calls) if totals.calls < 2 else t('calls.total.other', n=size(totals.calls))}}</strong> · {{t('calls.total_talk', talk=spoken_length(totals.talk_s))}} · {{t('calls.total_billable', billable=spoken_length(totals.billable_s))}} · {{t('calls.total_with_box', time=spoken_length(totals.with_box_s))}}</p>
<p class="quiet">{{t('calls.talk_means')}}</p>
<a class="button plain" href="{{csv_address}}" download>
% icon('download')
<span>{{t('calls.csv')}}</span></a>
</div>
% if not page.rows:
%   empty('calls', t('calls.none_found') if ask.narrowed else t('calls.none'), t('calls.none_found_hint') if ask.narrowed else t('calls.none_hint'))
% else:
<table class="calls" role="table">
<thead role="rowgroup"><tr role="row">
%   sort_head(t('calls.when'), 'started', ask, address)
%   sort_head(t('calls.who'), 'name', ask, address)
%   sort_head(t('calls.outcome'), 'outcome', ask, address)
<th scope="col" role="columnheader"><span class="unseen">{{t('recording.message')}}</span></th>
%   sort_head(t('calls.talk'), 'talk', ask, address, number=True)
%   sort_head(t('calls.line'), 'line', ask, address)
%   sort_head(t('calls.client_matter'), 'client', ask, address)
</tr></thead>
<tbody role="rowgroup">
%   for call in page.rows:
%     number = telephone(call.number_e164, call.number_raw)
%     who = call.name and plain(call.name) or number or (extension(call.extension) if call.direction == 'internal' else t.either('caller.' + call.presentation, t('caller.unknown')))
%     kind = {'connected': 'good', 'message': 'good', 'missed': 'warn', 'no message': 'warn', 'failed': 'fault', 'interrupted': 'fault'}.get(call.outcome, '')
<tr role="row" id="call-{{call.id}}">
<td role="cell" class="c-when">
%     when(call.started_ms, call.utc_offset_min)
</td>
<th role="rowheader" scope="row" class="c-who"><div class="who-line"><span class="way" title="{{t('direction.' + call.direction)}}">
%     icon(call.direction)
<span class="unseen">{{t('direction.' + call.direction)}}: </span></span><div><a href="/calls/{{call.id}}">{{who}}</a>
<span class="meta">{{' · '.join(part for part in (number if call.name else '', t.either('caller_why.' + call.presentation, '') if not call.name else '', plain(call.contact_company, 40), handset(call.port) if call.port and call.direction != 'in' else '') if part)}}</span>
</div></div></th>
<td role="cell" class="c-outcome">
%     pill(t('outcome.' + call.outcome), kind)
%     emergency_pill(call)
%     if call.important:
%       pill(t('message.important'), 'warn')
%     end
</td>
<td role="cell" class="c-play">
%     if call.id in heard_in:
%       recording, message, state = heard_in[call.id]
%       play_here(recording, t('message.from', who=who), '/messages/%d/state' % message if state == 'new' else '')
%     end
</td>
<td role="cell" class="c-talk number">{{clock_length(call.talk_s)}}</td>
<td role="cell" class="c-line">{{line_named(call.line) if call.line else '–'}}</td>
<td role="cell" class="c-client">
%     with folded((plain(call.client, 40) + (' · ' + plain(call.matter, 40) if call.matter else '')) if call.client or call.matter else t('calls.add_client'), 'edit' if call.client or call.matter else 'edit none'):
<form method="post" action="/calls/{{call.id}}/annotate" hx-post="/calls/{{call.id}}/annotate" hx-target="#call-{{call.id}}" hx-select="#call-{{call.id}}" hx-swap="outerHTML">
%       token_field()
<input type="hidden" name="back" value="{{back}}">
<label>{{t('calls.client')}}<input name="client" value="{{plain(call.client, 200)}}" maxlength="200" autocomplete="off"></label>
<label>{{t('calls.matter')}}<input name="matter" value="{{plain(call.matter, 200)}}" maxlength="200" autocomplete="off"></label>
<button type="submit">{{t('form.save')}}</button>
</form>
%     end
</td>
</tr>
%   end
</tbody>
</table>
%   pager(page, address)
% end
</div>
