% from webui.addresses import with_query
% from webui.reasons import reason
% from webui.timeline import event_words
% number = telephone(call.number_e164, call.number_raw)
% who = call.name and plain(call.name) or number or (extension(call.extension) if call.direction == 'internal' else t.either('caller.' + call.presentation, t('caller.unknown')))
% rebase('layout', title=t('call.title', who=who), here='calls')
<div id="toasts">
% if blocked:
%   toast(t('call.blocked'), '/assistant/rules/%d/remove' % blocked, '/calls/%d' % call.id)
% end
% if ended_already:
%   toast(t('call.ended_already'))
% end
% if undo:
%   toast(t('messages.deleted'), '/messages/%d/restore' % undo, '/calls/%d' % call.id)
% end
% if fax_undo:
%   toast(t('fax.gone'), '/faxes/%d/restore' % fax_undo, '/calls/%d' % call.id)
% end
</div>
<div id="call-now"\\
% if call.outcome == 'going on':
 data-hold-while-used hx-get="/calls/{{call.id}}/now" hx-trigger="box:call from:body delay:300ms, box:resync from:body" hx-select="#call-now > *" hx-swap="innerHTML"\\
% end
>
<header class="page-head">
<div>
<p class="quiet"><a href="/calls">{{t('nav.calls')}}</a></p>
<h1>{{who}}</h1>
% emergency_pill(call)
<p class="quiet">{{t('direction.' + call.direction)}} ·
% when(call.started_ms, call.utc_offset_min)
{{'· ' + number if call.name and number else ''}}{{'· ' + t('caller_why.' + call.presentation) if not call.name and call.presentation in ('unavailable', 'corrupt') else ''}}</p>
</div>
<div class="actions">
% if call.outcome == 'going on' and visit.running:
%   action('/calls/%d/hang-up' % call.id, t('call.hang_up'), 'missed', [])
% end
% if call.number_e164:
%   link_action('/calls?number=' + call.number_e164.replace('+', '%2B'), t('call.all_of_number'), 'search')
%   call_back(call.number_e164, t('call.back'))
% end
% if can_be_blocked:
%   action('/calls/%d/block' % call.id, t('call.block'), 'alert', [])
% end
% if call.contact:
%   link_action('/contacts/%d' % call.contact, t('call.contact'), 'contacts')
% elif call.number_e164:
%   link_action(with_query('/contacts/new', number=call.number_e164, name=plain(call.line_name, 80)), t('call.add_contact'), 'plus')
% end
</div>
</header>
<div id="call-message">
% if messages:
%   with card(t('recording.message'), 'the-message'):
%     for message in messages:
%       message_row(message, outline_of_message, '/calls/%d' % call.id, '#call-message', 3, open=True)
%     end
%   end
% end
</div>
% for found in recordings:
%   with card(t('recording.' + found.kind), 'recording-%d' % found.id):
%     player(found.id, outline(found), (found.samples or 0) / 8000, t('recording.' + found.kind))
<div class="actions">
%     link_action('/recordings/%d/download' % found.id, t('message.download'), 'download')
</div>
%   end
% end
% fax_list(faxes, '/calls/%d' % call.id)
% with card(t('call.happened'), 'happened'):
%   timeline_picture(drawn)
% end
<div class="two">
% with card(t('call.why'), 'why'):
%   if not events:
<p class="calm">{{t('call.no_events')}}</p>
%   end
<ol class="events">
%   for event in events:
<li class="e-{{event.kind.replace(' ', '-')}}"><span class="time">{{clock_length(event.at_s)}}</span><div>{{event_words(event, t)}}\\
%     if event.why:
<span class="reason">{{reason(event.why, t, event.detail)}}</span>\\
%     end
</div></li>
%   end
</ol>
% end
<div>
% with card(t('call.facts'), 'facts'):
<dl class="facts">
<div><dt>{{t('calls.outcome')}}</dt><dd>{{t('outcome.' + call.outcome)}}</dd></div>
<div><dt>{{t('calls.line')}}</dt><dd>{{line_named(call.line) if call.line else '–'}}</dd></div>
%   if call.port:
<div><dt>{{t('call.telephone')}}</dt><dd>{{handset(call.port)}}</dd></div>
%   end
<div><dt>{{t('call.ring')}}</dt><dd>{{spoken_length(call.ring_s)}}</dd></div>
<div><dt>{{t('calls.talk')}}</dt><dd>{{spoken_length(call.talk_s)}}{{' (' + t('call.estimated') + ')' if call.answered_how == 'estimated' else ''}}</dd></div>
<div><dt>{{t('call.billable')}}</dt><dd>{{spoken_length(call.billable_s)}}</dd></div>
<div><dt>{{t('call.with_box')}}</dt><dd>{{spoken_length(call.with_box_s)}}</dd></div>
%   if call.answered_by:
<div><dt>{{t('call.answered_by')}}</dt><dd>{{t('answered_by.' + call.answered_by)}}</dd></div>
%   end
<div><dt>{{t('call.hung_up_by')}}</dt><dd>{{t.either('hung_up_by.' + (call.hung_up_by or ''), '–')}}{{' · ' + reason(call.why, t, ended) if call.why else ''}}</dd></div>
%   if emergency:
<div><dt>{{t('emergency.acknowledged')}}</dt><dd>{{t('emergency.seen_by', who=seen_by) if seen_by else t('emergency.unseen')}}
%     if seen_by:
 ·
%       when(emergency.seen_ms, call.utc_offset_min)
%     end
</dd></div>
%   end
%   if call.line_name:
<div><dt>{{t('call.line_name')}}</dt><dd>{{plain(call.line_name)}}</dd></div>
%   end
</dl>
<p class="quiet">{{t('calls.talk_means')}}</p>
% end
% with card(t('calls.client_matter'), 'client'):
<form method="post" action="/calls/{{call.id}}/annotate">
%   token_field()
<input type="hidden" name="back" value="/calls/{{call.id}}">
%   field(t('calls.client'), 'client', plain(call.client, 200))
%   field(t('calls.matter'), 'matter', plain(call.matter, 200))
<button type="submit">{{t('form.save')}}</button>
</form>
% end
</div>
</div>
</div>
