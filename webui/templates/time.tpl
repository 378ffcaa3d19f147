% rebase('layout', title=t('nav.time'), here='time')
% page_head(t('nav.time'), t('entries.hint'))
<div id="toasts">
% if removed:
%   toast(t('entries.gone'), '/time/%d/restore' % removed, back)
% end
</div>
% if fault:
%   fault_line(t('entries.' + fault))
% end
<form class="filter" method="get" action="/time">
<div class="filter-fields">
% choice(t('entries.period'), 'period', ask.period.name, [(key, t('period.' + key)) for key in periods])
% field(t('calls.since'), 'since', ask.period.since, kind='date', longest=10)
% field(t('calls.until'), 'until', ask.period.until, kind='date', longest=10)
% choice(t('entries.client'), 'client', ask.client, [('', t('calls.any'))] + [(key, key) for key in clients])
% if len(people) > 1:
%   choice(t('entries.user'), 'user', str(ask.user or ''), [('', t('calls.any'))] + [(str(one.id), plain(one.name, 40)) for one in people])
% end
% choice(t('entries.show'), 'show', ask.show, [(key, t('entries.show_' + key)) for key in shows])
<div class="filter-buttons">
<button type="submit">{{t('calls.apply')}}</button>
</div>
</div>
</form>
% kept = [(name, value) for name, value in ask.query.items() if value]
<div id="time-list" data-hold-while-used hx-get="{{now}}" hx-trigger="box:time from:body delay:500ms, box:resync from:body" hx-select="#time-list > *" hx-swap="innerHTML">
% if ask.export:
%   banner('info', t('entries.exported', n=ask.export))
% end
<div class="totals">
<p><strong>{{t.count('entries.total', totals.entries)}}</strong> · {{t('entries.billed', hours=hours(totals.billed_s))}}\\
% if totals.free_s:
 · {{t('entries.free', hours=hours(totals.free_s))}}\\
% end
</p>
<div class="actions">
% if undrafted:
%   action('/time/draft', t.count('entries.draft', undrafted), 'plus', kept)
% end
% if totals.entries:
%   link_action(file('/time.csv'), t('entries.csv'), 'download')
%   link_action(file('/time-clio.csv'), t('entries.clio'), 'download')
%   if ask.client:
%     link_action(file('/time.pdf'), t('entries.pdf'), 'download')
%   end
%   if ask.export:
%     link_action(file('/time-ledes.txt'), t('entries.ledes'), 'download')
%   elif ask.show == 'open':
%     action('/time/export', t('entries.export'), 'saved', kept)
%   end
% end
</div>
% if totals.entries and not ask.client:
<p class="quiet">{{t('entries.pdf_hint')}}</p>
% end
</div>
% if not page.rows:
%   empty('time', t('entries.none'), t('entries.none_hint'))
% else:
<ul class="rows card" id="time-rows">
%   for entry in page.rows:
%     number = telephone(entry.number, entry.number)
<li class="row time-entry" id="time-{{entry.id}}"><div>
<p><strong>{{plain(entry.name) or number or t('entries.by_hand')}}</strong> \\
%     if not entry.billable:
%       pill(t('entries.free_pill'), 'quiet')
%     end
%     if entry.export:
%       pill(t('entries.exported_pill', n=entry.export), 'good')
%     end
%     for doubt in doubtful.get(entry.id, []):
%       pill(t('entries.' + doubt), 'warn')
%     end
</p>
<p class="meta">
%     when(entry.started_ms, entry.utc_offset_min)
 · {{clock_length(entry.worked_s)}} · {{t('entries.billed', hours=hours(entry.billed_s))}}\\
%     if entry.rate_cents:
 × {{money(entry.rate_cents)}} {{currency}}\\
%     end
%     if person(entry):
 · {{plain(person(entry), 40)}}\\
%     end
</p>
<p class="meta">{{plain(entry.client, 40)}}{{' · ' if entry.client else ''}}{{plain(entry.matter, 40) or t('entries.no_matter')}} · {{t.either('activity.' + entry.activity, entry.activity)}}\\
%     if entry.note:
 · {{plain(entry.note, 500)}}\\
%     end
</p>
<div class="actions">
%     if entry.call_kept:
%       link_action('/calls/%d' % entry.call, t('entries.proof'), 'calls')
%     elif not entry.call:
<span class="quiet">{{t('entries.by_hand')}}</span>
%     end
%     if entry.removed:
%       action('/time/%d/restore' % entry.id, t('entries.restore'), 'new', [('back', back)])
%     elif entry.export:
%       action('/time/%d/reopen' % entry.id, t('entries.reopen'), 'new', [('back', back)])
%     else:
%       action('/time/%d/remove' % entry.id, t('entries.remove'), 'delete', [('back', back)])
%     end
</div>
%     if not entry.removed and not entry.export:
%       with folded(t('entries.edit')):
<form method="post" action="/time/{{entry.id}}/edit">
%         token_field()
<input type="hidden" name="back" value="{{back}}">
<div class="grid-fields">
<label>{{t('entries.client')}}<input name="client" value="{{plain(entry.client, 80)}}" maxlength="80" autocomplete="off"></label>
<label>{{t('entries.matter')}}<input name="matter" value="{{plain(entry.matter, 200)}}" maxlength="200" autocomplete="off"></label>
<label>{{t('entries.hours')}}<input name="hours" inputmode="decimal" value="{{hours(entry.billed_s)}}" maxlength="12" autocomplete="off" required></label>
<label>{{t('entries.rate')}}<input name="rate" inputmode="decimal" value="{{'%d.%02d' % divmod(entry.rate_cents, 100)}}" maxlength="12" autocomplete="off"></label>
<label>{{t('entries.activity')}}<select name="activity">
%         for code in activities:
<option value="{{code}}"{{' selected' if code == entry.activity else ''}}>{{code}} {{t('activity.' + code)}}</option>
%         end
</select></label>
<label>{{t('entries.note')}}<input name="note" value="{{plain(entry.note, 500)}}" maxlength="500" autocomplete="off"></label>
<label class="tick"><input type="checkbox" name="billable" value="1"{{' checked' if entry.billable else ''}}> {{t('entries.billable')}}</label>
</div>
<button type="submit">{{t('form.save')}}</button>
</form>
<form method="post" action="/time/{{entry.id}}/split">
%         token_field()
<input type="hidden" name="back" value="{{back}}">
<label>{{t('entries.split')}}<textarea name="parts" rows="3" maxlength="2000" aria-describedby="split-hint-{{entry.id}}"></textarea></label>
<small class="quiet" id="split-hint-{{entry.id}}">{{t('entries.split_hint')}}</small>
<button type="submit" class="plain">{{t('entries.split_button')}}</button>
</form>
%       end
%     end
</div></li>
%   end
</ul>
%   pager(page, address)
% end
</div>
% with folded(t('entries.add')):
<form method="post" action="/time/add">
% token_field()
<input type="hidden" name="back" value="{{back}}">
<div class="grid-fields">
<label>{{t('entries.day')}}<input type="date" name="day" value="{{visit.now.strftime('%Y-%m-%d')}}" required></label>
<label>{{t('entries.at')}}<input type="time" name="at" required></label>
<label>{{t('entries.minutes')}}<input type="number" name="minutes" min="1" max="1440" required></label>
<label>{{t('entries.name')}}<input name="name" maxlength="120" autocomplete="off"></label>
<label>{{t('entries.number')}}<input type="tel" name="number" maxlength="40" autocomplete="off"></label>
<label>{{t('entries.client')}}<input name="client" maxlength="80" autocomplete="off"></label>
<label>{{t('entries.matter')}}<input name="matter" maxlength="200" autocomplete="off"></label>
<label>{{t('entries.activity')}}<select name="activity">
% for code in activities:
<option value="{{code}}"{{' selected' if code == usual_activity else ''}}>{{code}} {{t('activity.' + code)}}</option>
% end
</select></label>
<label>{{t('entries.note')}}<input name="note" maxlength="500" autocomplete="off"></label>
</div>
<button type="submit">{{t('entries.add_button')}}</button>
</form>
% end
