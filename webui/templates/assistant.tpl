% from webui.reasons import reason
% rebase('layout', title=t('nav.assistant'), here='assistant')
% now, why = status
% page_head(t('nav.assistant'), t('assistant.hint'))
<div id="toasts">
% if undo:
%   toast(t('assistant.removed'), undo, '/assistant')
% end
</div>
% fault_line(fault)
<div class="two">
<div>
% with card(t('assistant.status'), 'status'):
<p>
% pill(t('status.' + now), 'good' if now == 'working' else 'warn')
<span class="quiet">{{reason(why.id, t, dict(why.fields))}}</span></p>
<form method="post" action="/assistant/status">
%   token_field()
<div class="grid-fields">
%   choice(t('assistant.set'), 'status', chosen, [(automatic, t('assistant.automatic'))] + [(key, t('status.' + key)) for key in statuses])
%   field(t('assistant.until'), 'until', until, t('assistant.until_hint'), kind='datetime-local', longest=16)
</div>
<button type="submit">{{t('form.save')}}</button>
</form>
% end
% settings = '/settings?q=reach' if user.role == 'admin' else ''
% with card(t('found.title'), 'found', link=settings, link_words=t('found.change')):
<ul>
%   for sentence in found:
<li>{{sentence}}</li>
%   end
</ul>
% end
% with card(t('assistant.week'), 'week'):
%   picture(picture_of_week)
% end
% with card(t('assistant.test'), 'test'):
<form method="get" action="/assistant#test-title">
<div class="grid-fields">
%   field(t('assistant.at'), 'at', tried['at'], kind='datetime-local', required=True, longest=16)
%   field(t('assistant.number'), 'number', tried['number'], kind='tel', longest=40)
%   choice(t('calls.line'), 'line', tried['line'], [(key, line_named(key)) for key in lines])
</div>
<label class="tick"><input type="checkbox" name="withheld" value="yes"\\
%   if tried['withheld']:
 checked\\
%   end
> {{t('assistant.withheld')}}</label>
<button type="submit">{{t('assistant.try')}}</button>
</form>
%   fault_line(tried['fault'])
%   if tried['outcome']:
<div class="outcome" role="status">
<p><strong>{{t('outcome_of.' + tried['outcome']['what'])}}</strong></p>
<ol class="events">
%     for one in tried['outcome']['reasons']:
<li>{{reason(one['id'], t, one['fields'])}}</li>
%     end
</ol>
<h3>{{t('assistant.caller_week')}}</h3>
%     picture(tried['picture'])
</div>
%   end
% end
</div>
<div>
% with card(t('assistant.rules'), 'rules'):
%   if not rules:
%     empty('assistant', t('assistant.no_rules'), t('assistant.no_rules_hint'))
%   end
<ul class="rows">
%   for row, rule, words in rules:
<li class="row" id="rule-{{row}}"><div>{{words}}</div>
%     action('/assistant/rules/%d/remove' % row, t('assistant.remove'), 'delete', [])
</li>
%   end
</ul>
% end
% with card(t('assistant.add'), 'add'):
%   for kind in kinds:
%     with folded(t('rule_kind.' + kind)):
<form method="post" action="/assistant/rules">
%       token_field()
<input type="hidden" name="kind" value="{{kind}}">
%       if kind in ('hours', 'event', 'policy'):
<label>{{t('assistant.status')}}<select name="status">
%         for key in statuses:
<option value="{{key}}">{{t('status.' + key)}}</option>
%         end
</select></label>
%       end
%       if kind == 'hours':
<fieldset><legend>{{t('assistant.days')}}</legend>
%         for place, day in enumerate(days):
<label class="tick"><input type="checkbox" name="days" value="{{day}}"\\
%           if place < 5:
 checked\\
%           end
> {{t('weekday.%d' % place)}}</label>
%         end
</fieldset>
<label>{{t('assistant.begins')}}<input type="time" name="begins" value="09:00" required></label>
<label>{{t('assistant.ends')}}<input type="time" name="ends" value="17:00" required></label>
%       end
%       if kind in ('event', 'group'):
<label>{{t('assistant.name')}}<input name="name" maxlength="60" required autocomplete="off"></label>
%       end
%       if kind == 'event':
<label>{{t('assistant.day')}}<input type="date" name="day" required></label>
<label>{{t('assistant.lasts')}}<input type="number" name="days" value="1" min="1" max="366" required></label>
<label>{{t('assistant.every')}}<select name="every">
%         for key in every:
<option value="{{key}}">{{t('every.' + key)}}</option>
%         end
</select></label>
<label class="tick"><input type="checkbox" name="by_weekday" value="yes"> {{t('assistant.by_weekday')}}</label>
%       end
%       if kind == 'policy':
<fieldset><legend>{{t('assistant.admits')}}</legend>
%         for who in classes:
<label class="tick"><input type="checkbox" name="admits" value="{{who}}"> {{t.either('who.' + who, who)}}</label>
%         end
</fieldset>
%       end
%       if kind == 'group':
<label>{{t('nav.contacts')}}<select name="contacts" multiple size="5" required>
%         for contact, name in names.items():
<option value="{{contact}}">{{plain(name, 60)}}</option>
%         end
</select></label>
%       end
%       if kind in ('block', 'allow'):
<label>{{t('assistant.number')}}<input type="tel" name="number" maxlength="40" autocomplete="off" placeholder="+1514*"></label>
<label>{{t('assistant.line_name')}}<input name="name" maxlength="60" autocomplete="off"></label>
<label class="tick"><input type="checkbox" name="withheld" value="yes"> {{t('assistant.withheld')}}</label>
<label class="tick"><input type="checkbox" name="spam" value="yes"> {{t('mark.spam')}}</label>
%       end
%       if kind == 'line':
<label>{{t('calls.line')}}<select name="line">
%         for key in lines:
<option value="{{key}}">{{line_named(key)}}</option>
%         end
</select></label>
%       end
<button type="submit">{{t('assistant.add')}}</button>
</form>
%     end
%   end
% end
</div>
</div>
