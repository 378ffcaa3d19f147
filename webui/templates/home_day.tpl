% with card(t('home.missed'), 'missed', badge=len(missed) or None):
%   if not missed:
%     empty('calls', t('home.no_missed'), t('home.no_missed_hint'))
%   end
<ul class="rows">
%   for caller in missed:
%     who = caller.name and plain(caller.name) or telephone(caller.number_e164, caller.number_raw) or t.either('caller.' + caller.presentation, t('caller.unknown'))
<li class="row">
<div>
<strong><a href="/calls/{{caller.last_call}}">{{t('missed.once', who=who) if caller.calls == 1 else t('missed.twice', who=who) if caller.calls == 2 else t('missed.often', who=who, n=caller.calls)}}</a></strong>
<p class="meta">
%     when(caller.last_ms, caller.utc_offset_min)
%     if caller.name and (caller.number_e164 or caller.number_raw):
<span> · {{telephone(caller.number_e164, caller.number_raw)}}</span>
%     end
</p>
%     if caller.call_back:
<p class="meta">{{t('missed.call_back', number=telephone(caller.call_back, caller.call_back))}}
%       if caller.call_back_ms:
<span> · {{t('missed.not_before')}} </span>
%         when(caller.call_back_ms, caller.utc_offset_min)
%       end
</p>
%     end
</div>
%     back = caller.call_back if (caller.call_back or '').startswith('+') else caller.number_e164
%     if back:
%       call_back(back, t('call.back'))
%     end
%     action('/calls/%d/done' % caller.last_call, t('missed.done'), 'heard', [('back', '/')])
</li>
%   end
</ul>
% end
% with card(t('home.today'), 'today', link='/calls?period=today', link_words=t('home.all_calls')):
<dl class="figures">
<div><dt>{{t('home.calls_in')}}</dt><dd>{{today.calls_in}}</dd></div>
<div><dt>{{t('home.calls_out')}}</dt><dd>{{today.calls_out}}</dd></div>
<div><dt>{{t('home.talk')}}</dt><dd>{{spoken_length(today.talk_s)}}</dd></div>
</dl>
%   picture(hours)
% end
